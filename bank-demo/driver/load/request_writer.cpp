#include "driver/load/request_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace bank::driver {

namespace {

/// Wide enough for every body; the length is filled in after the body.
constexpr std::string_view length_field = "Content-Length:         \r\n\r\n";

void append_number(std::int64_t n, std::string& out) {
  std::array<char, 24> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), n).ptr;
  out.append(text.data(), end);
}

/// Writes the body's length into the space that `post` has left.
void set_length(std::string& out, std::size_t body_at) {
  std::array<char, 24> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), out.size() - body_at).ptr;
  const auto digits = static_cast<std::size_t>(end - text.data());
  std::copy(text.data(), end, out.data() + body_at - 4 - digits);
}

}  // namespace

request_writer::request_writer(settings s) : currency_(std::move(s.currency)) {
  fields_ = " HTTP/1.1\r\nHost: " + s.host + "\r\nAuthorization: Bearer " + s.token + "\r\n";
  accounts_.reserve(s.accounts.size());
  for (const auto& id : s.accounts) accounts_.push_back(id.str());
}

void request_writer::get(std::string_view target, std::string& out,
                         std::string_view more_fields) const {
  out.assign("GET ").append(target).append(fields_).append(more_fields).append("\r\n");
}

void request_writer::post(std::string_view target, std::string_view more_fields,
                          std::string& out) const {
  out.assign("POST ").append(target).append(fields_).append(more_fields);
  out.append("Content-Type: application/json\r\n").append(length_field);
}

void request_writer::append(const planned_transfer& t, bool from_world, std::string& out) const {
  out.append(R"({"id":")").append(t.id.str());
  out.append(R"(","from":")").append(from_world ? "world" : accounts_[t.from]);
  out.append(R"(","to":")").append(accounts_[t.to]).append(R"(","amount":)");
  append_number(t.amount, out);
  out.append(R"(,"currency":")").append(currency_).append("\"");
}

void request_writer::transfer(const planned_transfer& t, bool pending, std::string& out) const {
  post("/v1/transfers", {}, out);
  const std::size_t body_at = out.size();
  append(t, false, out);
  out.append(pending ? R"(,"pending":true})" : "}");
  set_length(out, body_at);
}

void request_writer::transfer_within(const planned_transfer& t, std::int64_t timeout_ms,
                                     std::string& out) const {
  const std::string field = "X-Request-Timeout-Ms: " + std::to_string(timeout_ms) + "\r\n";
  post("/v1/transfers", field, out);
  const std::size_t body_at = out.size();
  append(t, false, out);
  out.append("}");
  set_length(out, body_at);
}

void request_writer::list(const std::vector<planned_transfer>& all, bool atomic, bool from_world,
                          std::string& out) const {
  post("/v1/transfers/batch", {}, out);
  const std::size_t body_at = out.size();
  out.append(atomic ? R"({"atomic":true,"transfers":[)" : R"({"transfers":[)");
  for (const planned_transfer& t : all) {
    if (&t != &all.front()) out.append(",");
    append(t, from_world, out);
    out.append("}");
  }
  out.append("]}");
  set_length(out, body_at);
}

void request_writer::batch(const std::vector<planned_transfer>& all, bool atomic,
                           std::string& out) const {
  list(all, atomic, false, out);
}

void request_writer::deposits(const std::vector<planned_transfer>& all, std::string& out) const {
  list(all, true, true, out);
}

void request_writer::post_hold(const planned_transfer& hold, std::int64_t amount,
                               std::string& out) const {
  post("/v1/transfers/" + hold.id.str() + "/post", {}, out);
  const std::size_t body_at = out.size();
  out.append(R"({"amount":)");
  append_number(amount, out);
  out.append("}");
  set_length(out, body_at);
}

void request_writer::void_hold(const planned_transfer& hold, std::string& out) const {
  post("/v1/transfers/" + hold.id.str() + "/void", {}, out);
  const std::size_t body_at = out.size();
  out.append("{}");
  set_length(out, body_at);
}

void request_writer::reverse(const planned_transfer& t, std::string& out) const {
  post("/v1/transfers/" + t.id.str() + "/reverse", {}, out);
  const std::size_t body_at = out.size();
  out.append("{}");
  set_length(out, body_at);
}

void request_writer::open_account(std::size_t account, std::string_view owner,
                                  std::int64_t overdraft_limit, std::string& out) const {
  post("/v1/accounts", {}, out);
  const std::size_t body_at = out.size();
  out.append(R"({"type":"checking","id":")").append(accounts_[account]);
  out.append(R"(","owner":")").append(owner).append(R"(","currency":")").append(currency_);
  out.append(R"(","overdraft_limit":)");
  append_number(overdraft_limit, out);
  out.append("}");
  set_length(out, body_at);
}

void request_writer::read_account(std::size_t account, std::string& out) const {
  get("/v1/accounts/" + accounts_[account], out);
}

void request_writer::read_history(std::size_t account, std::size_t limit, std::string_view cursor,
                                  std::string& out) const {
  std::string target =
      "/v1/accounts/" + accounts_[account] + "/history?limit=" + std::to_string(limit);
  if (!cursor.empty()) target.append("&cursor=").append(cursor);
  get(target, out);
}

void request_writer::read_transfer(const lifeline::ledger::uuid& id, std::string& out) const {
  get("/v1/transfers/" + id.str(), out);
}

}  // namespace bank::driver
