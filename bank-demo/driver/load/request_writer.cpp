#include "driver/load/request_writer.hpp"

#include <array>
#include <charconv>

namespace bank::driver {

namespace {

void append_number(std::int64_t n, std::string& out) {
  std::array<char, 24> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), n).ptr;
  out.append(text.data(), end);
}

std::string path_of(const planned_transfer& t, std::string_view what) {
  return "/v1/transfers/" + t.id.str() + std::string(what);
}

}  // namespace

request_writer::request_writer(const http_client& node, std::string currency,
                               const std::vector<lifeline::ledger::uuid>& accounts)
    : node_(node), currency_(std::move(currency)) {
  accounts_.reserve(accounts.size());
  for (const auto& id : accounts) accounts_.push_back(id.str());
}

void request_writer::append(const planned_transfer& t, bool from_world, std::string& out) const {
  out.append(R"({"id":")").append(t.id.str());
  out.append(R"(","from":")").append(from_world ? "world" : accounts_[t.from]);
  out.append(R"(","to":")").append(accounts_[t.to]).append(R"(","amount":)");
  append_number(t.amount, out);
  out.append(R"(,"currency":")").append(currency_).append("\"");
}

void request_writer::transfer(const planned_transfer& t, bool pending, std::string& out,
                              std::string_view more_fields) const {
  node_.post("/v1/transfers", more_fields, out, [&](std::string& body) {
    append(t, false, body);
    body.append(pending ? R"(,"pending":true})" : "}");
  });
}

void request_writer::transfer_within(const planned_transfer& t, std::int64_t timeout_ms,
                                     std::string& out) const {
  const std::string field = "X-Request-Timeout-Ms: " + std::to_string(timeout_ms) + "\r\n";
  transfer(t, false, out, field);
}

void request_writer::list(const std::vector<planned_transfer>& all, bool atomic, bool from_world,
                          std::string& out) const {
  node_.post("/v1/transfers/batch", {}, out, [&](std::string& body) {
    body.append(atomic ? R"({"atomic":true,"transfers":[)" : R"({"transfers":[)");
    for (const planned_transfer& t : all) {
      if (&t != &all.front()) body.append(",");
      append(t, from_world, body);
      body.append("}");
    }
    body.append("]}");
  });
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
  node_.post(path_of(hold, "/post"), {}, out, [&](std::string& body) {
    body.append(R"({"amount":)");
    append_number(amount, body);
    body.append("}");
  });
}

void request_writer::post(const planned_transfer& t, std::string_view what,
                          std::string& out) const {
  node_.post(path_of(t, what), {}, out, [](std::string& body) { body.append("{}"); });
}

void request_writer::void_hold(const planned_transfer& hold, std::string& out) const {
  post(hold, "/void", out);
}

void request_writer::reverse(const planned_transfer& t, std::string& out) const {
  post(t, "/reverse", out);
}

void request_writer::open_account(std::size_t account, std::string_view owner,
                                  std::int64_t overdraft_limit, std::string& out) const {
  node_.post("/v1/accounts", {}, out, [&](std::string& body) {
    body.append(R"({"type":"checking","id":")").append(accounts_[account]);
    body.append(R"(","owner":")").append(owner).append(R"(","currency":")").append(currency_);
    body.append(R"(","overdraft_limit":)");
    append_number(overdraft_limit, body);
    body.append("}");
  });
}

void request_writer::read_account(std::size_t account, std::string& out) const {
  node_.get("/v1/accounts/" + accounts_[account], out);
}

void request_writer::read_history(std::size_t account, std::size_t limit, std::string& out) const {
  node_.get("/v1/accounts/" + accounts_[account] + "/history?limit=" + std::to_string(limit), out);
}

void request_writer::read_transfer(const lifeline::ledger::uuid& id, std::string& out) const {
  node_.get("/v1/transfers/" + id.str(), out);
}

}  // namespace bank::driver
