#include "bank/api/http/problem.hpp"

#include <array>
#include <boost/url/grammar/hexdig_chars.hpp>
#include <boost/url/rfc/pchars.hpp>
#include <stdexcept>

#include "bank/api/json/utf8.hpp"
#include "bank/api/json/write.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

struct row {
  std::string_view name;
  unsigned status;
  std::string_view title;
};

/// In the order of `code`.
constexpr std::array<row, code_count> rows{{
    {"malformed_json", 400, "The body is not the JSON that was expected"},
    {"invalid_field", 400, "A field, parameter or header is not valid"},
    {"unauthenticated", 401, "A valid token is needed"},
    {"forbidden", 403, "The token does not allow this"},
    {"not_found", 404, "There is no such thing"},
    {"method_not_allowed", 405, "The path does not know this method"},
    {"in_progress", 409, "The first request is still running"},
    {"already_exists", 409, "It exists already"},
    {"invalid_state", 409, "Its state does not allow this"},
    {"precondition_failed", 412, "The state is not the one that the request is for"},
    {"request_timeout", 408, "The request took too long to arrive"},
    {"body_too_large", 413, "The body is too large"},
    {"target_too_long", 414, "The target is too long"},
    {"unsupported_media_type", 415, "The body must be application/json, without a content coding"},
    {"expectation_failed", 417, "The expectation can't be met"},
    {"upgrade_required", 426, "The path speaks another protocol"},
    {"headers_too_large", 431, "The headers are too large"},
    {"insufficient_funds", 422, "The account has not enough funds"},
    {"currency_mismatch", 422, "The currencies differ"},
    {"account_frozen", 422, "The account is frozen"},
    {"account_closed", 422, "The account is closed"},
    {"same_account", 422, "Both sides are the same account"},
    {"balance_limit", 422, "The balance would leave its range"},
    {"amount_above_hold", 422, "The amount is above the hold"},
    {"idempotency_mismatch", 422, "The key or id was used for another request"},
    {"rate_limited", 429, "Too many requests"},
    {"internal", 500, "A bug; please report the request id"},
    {"not_implemented", 501, "The node does not know how to do this"},
    {"overloaded", 503, "Too much to do at the moment"},
    {"store_unavailable", 503, "The store can't be reached"},
    {"shutting_down", 503, "The node is stopping"},
    {"canceled", 503, "The request was cancelled"},
    {"deadline_exceeded", 504, "The deadline passed"},
}};

const row& row_of(code c) noexcept { return rows[static_cast<std::size_t>(c)]; }

code code_of(ledger::errc e) noexcept {
  switch (e) {
    case ledger::errc::not_found: return code::not_found;
    case ledger::errc::forbidden: return code::forbidden;
    case ledger::errc::already_exists: return code::already_exists;
    case ledger::errc::in_progress: return code::in_progress;
    case ledger::errc::invalid_state: return code::invalid_state;
    case ledger::errc::insufficient_funds: return code::insufficient_funds;
    case ledger::errc::currency_mismatch: return code::currency_mismatch;
    case ledger::errc::account_frozen: return code::account_frozen;
    case ledger::errc::account_closed: return code::account_closed;
    case ledger::errc::same_account: return code::same_account;
    case ledger::errc::balance_limit: return code::balance_limit;
    case ledger::errc::amount_above_hold: return code::amount_above_hold;
    case ledger::errc::invalid_field: return code::invalid_field;
    case ledger::errc::idempotency_mismatch: return code::idempotency_mismatch;
    case ledger::errc::store_unavailable: return code::store_unavailable;
    case ledger::errc::overloaded: return code::overloaded;
    case ledger::errc::shutting_down: return code::shutting_down;
    case ledger::errc::canceled: return code::canceled;
    case ledger::errc::deadline_exceeded: return code::deadline_exceeded;
    case ledger::errc::internal: return code::internal;
  }
  return code::internal;
}

/// May this character of a path stand in a URI reference as it is (RFC 3986, section 3.3)?
bool is_plain(std::string_view path, std::size_t at) noexcept {
  using boost::urls::grammar::hexdig_chars;
  const char c = path[at];
  if (c == '/') return at != 1 || path[0] != '/';  // what follows "//" would be a host
  if (c != '%') return boost::urls::pchars(c);
  return at + 2 < path.size() && hexdig_chars(path[at + 1]) && hexdig_chars(path[at + 2]);
}

/// The path as a URI reference: what may not stand in one is escaped.
void append_instance(std::string& out, std::string_view path) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  if (path.empty()) path = "/";
  out += '"';
  for (std::size_t at = 0; at < path.size(); ++at) {
    const auto byte = static_cast<unsigned char>(path[at]);
    if (is_plain(path, at)) {
      out += path[at];
    } else {
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
  }
  out += '"';
}

}  // namespace

std::string_view to_string(code c) noexcept { return row_of(c).name; }
unsigned status_of(code c) noexcept { return row_of(c).status; }
std::string_view title_of(code c) noexcept { return row_of(c).title; }

void throw_exception_from_error(const problem& p, const boost::source_location&) {
  throw std::logic_error(std::string(to_string(p.code)) + ": " + p.detail);
}

problem invalid(std::string_view field, std::string detail) {
  return {code::invalid_field, std::move(detail), std::string(field), {}, {}};
}

problem no_such(std::string_view what, std::string_view id) {
  std::string detail = "there is no ";
  detail.append(what).append(" ").append(id);
  return {code::not_found, std::move(detail), {}, {}, {}};
}

problem problem_of(const ledger::failure& f) {
  problem p{code_of(f.code), f.detail, {}, {}, {}};
  if (!ledger::is_refusal(f.code)) p.outcome = f.known;
  if (f.code == ledger::errc::invalid_field) p.field = "execute_at";
  return p;
}

problem problem_of(lifeline::errc e) {
  switch (e) {
    case lifeline::errc::canceled: return {code::canceled, "the request was cancelled", {}, {}, {}};
    case lifeline::errc::deadline_exceeded:
      return {code::deadline_exceeded, "the request's deadline passed", {}, {}, {}};
    case lifeline::errc::overloaded:
      return {code::overloaded, "a queue on the way is full", {}, {}, {}};
    case lifeline::errc::broken_promise:
    case lifeline::errc::unreachable:
      return {code::store_unavailable, "the ledger gave no answer", {}, {}, {}};
    case lifeline::errc::none: break;
  }
  return {};
}

void append_problem(std::string& out, const problem& p, std::string_view path,
                    std::string_view request_id, bool write) {
  const unsigned status = status_of(p.code);
  out += R"({"type":"urn:problem-type:bank:)";
  out += to_string(p.code);
  out += R"(","title":)";
  append_string(out, title_of(p.code));
  out += R"(,"status":)";
  append_integer(out, status);
  out += R"(,"detail":)";
  append_string(out, p.detail.empty() ? std::string(title_of(p.code)) : as_utf8(p.detail));
  out += R"(,"instance":)";
  append_instance(out, path);
  out += R"(,"code":")";
  out += to_string(p.code);
  out += R"(","request_id":)";
  append_string(out, request_id);
  if (!p.field.empty()) {
    out += R"(,"field":)";
    append_string(out, as_utf8(p.field));
  }
  if (write && status >= 500) {
    const auto known = p.outcome.value_or(ledger::outcome::none);
    out += known == ledger::outcome::none ? R"(,"outcome":"none")" : R"(,"outcome":"unknown")";
  }
  if (status == 429 || status == 503) {
    out += R"(,"retry_after":)";
    append_integer(out, p.retry_after.value_or(std::chrono::seconds(1)).count());
  }
  out += '}';
}

}  // namespace bank::api
