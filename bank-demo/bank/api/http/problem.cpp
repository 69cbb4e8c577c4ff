#include "bank/api/http/problem.hpp"

#include <array>
#include <boost/url/grammar/hexdig_chars.hpp>
#include <boost/url/rfc/pchars.hpp>
#include <stdexcept>

#include "bank/json/utf8.hpp"
#include "bank/json/write.hpp"

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
    {"malformed_json", 400, "The body is not the expected JSON object"},
    {"invalid_field", 400, "A field, parameter or header is invalid"},
    {"unauthenticated", 401, "A valid token is required"},
    {"forbidden", 403, "The token does not allow this"},
    {"not_found", 404, "Not found"},
    {"method_not_allowed", 405, "The path does not support this method"},
    {"in_progress", 409, "The first request is still running"},
    {"already_exists", 409, "The object already exists"},
    {"invalid_state", 409, "The object's state does not allow this"},
    {"precondition_failed", 412, "A precondition of the request is not met"},
    {"request_timeout", 408, "The request took too long to arrive"},
    {"body_too_large", 413, "The body is too large"},
    {"target_too_long", 414, "The target is too long"},
    {"unsupported_media_type", 415, "The body must be application/json, without a content coding"},
    {"expectation_failed", 417, "The Expect header can't be met"},
    {"upgrade_required", 426, "The path requires a WebSocket upgrade"},
    {"headers_too_large", 431, "The headers are too large"},
    {"insufficient_funds", 422, "Insufficient funds"},
    {"currency_mismatch", 422, "The currencies differ"},
    {"account_frozen", 422, "The account is frozen"},
    {"account_closed", 422, "The account is closed"},
    {"same_account", 422, "Payer and payee are the same account"},
    {"balance_limit", 422, "The balance would exceed its limit"},
    {"amount_above_hold", 422, "The amount exceeds the hold"},
    {"idempotency_mismatch", 422, "The key or id was used for another request"},
    {"rate_limited", 429, "Too many requests"},
    {"quota_exceeded", 429, "A limit of the caller is used up"},
    {"internal", 500, "Internal error (a bug); please report the request id"},
    {"not_implemented", 501, "The request uses a feature that the node does not support"},
    {"overloaded", 503, "The node is overloaded"},
    {"store_unavailable", 503, "The store is unavailable"},
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

/// May this character of a path stay unescaped in a URI reference (RFC 3986, 3.3)?
bool is_plain(std::string_view path, std::size_t at) noexcept {
  using boost::urls::grammar::hexdig_chars;
  const char c = path[at];
  if (c == '/') return at != 1 || path[0] != '/';  // after "//" comes a host
  if (c != '%') return boost::urls::pchars(c);
  return at + 2 < path.size() && hexdig_chars(path[at + 1]) && hexdig_chars(path[at + 2]);
}

/// The path as a URI reference, with escapes where necessary.
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

std::string quoted(std::string_view value) {
  constexpr std::size_t most = 40;
  std::string text("'");
  text.append(value.substr(0, most)).append(value.size() > most ? "...'" : "'");
  return text;
}

std::string allowed(std::initializer_list<std::string_view> names) {
  if (names.size() == 0) return "none is allowed here";
  std::string text("allowed:");
  for (const std::string_view name : names)
    text.append(&name == names.begin() ? " " : ", ").append(name);
  return text;
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
      return {
          code::deadline_exceeded, "the request's deadline passed before it finished", {}, {}, {}};
    case lifeline::errc::overloaded:
      return {code::overloaded, "a queue in the node is full; retry in 1 s", {}, {}, {}};
    case lifeline::errc::broken_promise:
    case lifeline::errc::unreachable:
      return {code::store_unavailable, "the ledger did not answer; retry in 1 s", {}, {}, {}};
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
  json::append_string(out, title_of(p.code));
  out += R"(,"status":)";
  json::append_integer(out, status);
  out += R"(,"detail":)";
  json::append_string(out,
                      p.detail.empty() ? std::string(title_of(p.code)) : json::as_utf8(p.detail));
  out += R"(,"instance":)";
  append_instance(out, path);
  out += R"(,"code":")";
  out += to_string(p.code);
  out += R"(","request_id":)";
  json::append_string(out, request_id);
  if (!p.field.empty()) {
    out += R"(,"field":)";
    json::append_string(out, json::as_utf8(p.field));
  }
  if (write && status >= 500) {
    const auto known = p.outcome.value_or(ledger::outcome::none);
    out += known == ledger::outcome::none ? R"(,"outcome":"none")" : R"(,"outcome":"unknown")";
  }
  if (status == 429 || status == 503) {
    out += R"(,"retry_after":)";
    json::append_integer(out, p.retry_after.value_or(std::chrono::seconds(1)).count());
  }
  out += '}';
}

}  // namespace bank::api
