#include <unordered_map>

#include "bank/api/http/fields.hpp"
#include "bank/api/routes/transfer_fields.hpp"
#include "bank/api/routes/transfers.hpp"
#include "bank/api/routes/views.hpp"
#include "bank/api/routes/writes.hpp"
#include "bank/json/write.hpp"
#include "lifeline/ledger/messages/requests.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

constexpr std::string_view route_name = "POST /v1/transfers/batch";
constexpr std::string_view group_place = "batch";
constexpr std::size_t most_transfers = 8'190;

const json::shape& batch_table() {
  using json::shape;
  static const shape t =
      shape::object_of({{"transfers", shape::anything()}, {"atomic", shape::yes_or_no()}});
  return t;
}

std::string place(std::size_t i) { return "transfers[" + std::to_string(i) + "]"; }

/// A problem of one transfer, with its place in the batch.
problem within(problem p, std::size_t i) {
  const std::string prefix = place(i) + ".";
  if (!p.field.empty()) p.field = prefix + p.field;
  p.detail = prefix + p.detail;
  return p;
}

/// Refuses an id that is given twice: the batch would be ambiguous.
class seen_ids {
 public:
  std::optional<problem> add(const ledger::transfer_id& id, std::size_t i) {
    const auto [first, is_new] = seen_.try_emplace(id, i);
    if (is_new) return std::nullopt;
    const std::string field = place(i) + ".id";
    return invalid(
        field, field + ": is also the id of " + place(first->second) + "; each id must be unique");
  }

 private:
  std::unordered_map<ledger::transfer_id, std::size_t> seen_;
};

result<json::value::range> transfers_in(const json::value& body, fields& in) {
  const json::value* v = body.find("transfers");
  const bool is_list = v != nullptr && v->is_array();
  const auto all = is_list ? v->children() : body.children();
  const std::size_t n = is_list ? all.size() : 0;
  if (n < 1 || n > most_transfers)
    in.fail("transfers", "must be a list of 1 to " + std::to_string(most_transfers) + " transfers" +
                             (is_list ? ", not " + std::to_string(n) : ""));
  if (in.failed()) return in.first_problem();
  return all;
}

result<ledger::batch_item> read_item(const request_context& x, const json::value& v, std::size_t i,
                                     const std::optional<ledger::idempotency_key>& key) {
  if (!v.is_object()) return invalid(place(i), place(i) + ": must be an object");
  auto wanted = read_transfer_fields(v, x.time().wall_now());
  if (!wanted) return within(std::move(wanted.error()), i);
  ledger::batch_item item{std::move(wanted->transfer), wanted->has_id || key.has_value()};
  if (!wanted->has_id)
    item.transfer.id = ledger::transfer_id(new_id(x, route_name, key, std::to_string(i)));
  if (const auto refused = world_is_closed_to(x.who(), item.transfer.from, item.transfer.to))
    item.refused = ledger::failure{ledger::errc::forbidden, ledger::outcome::none, refused->detail};
  return item;
}

/// In the form of `submit_batch`.
std::vector<ledger::uuid> ids_without_secret(const request_context& x,
                                             const ledger::submit_batch& m,
                                             json::value::range all) {
  std::vector<ledger::uuid> ids;
  const auto group = id_without_secret(x, route_name, m.key, group_place);
  if (!group) return ids;
  ids.push_back(*group);
  std::size_t i = 0;
  for (const json::value& v : all) {
    const json::value* given = v.find("id");
    const bool has_id = given != nullptr && !given->is_null();
    if (has_id)
      ids.push_back(m.items[i].transfer.id);
    else
      ids.push_back(*id_without_secret(x, route_name, m.key, std::to_string(i)));
    ++i;
  }
  return ids;
}

result<ledger::submit_batch> read_batch(const request_context& x) {
  const auto body = parse_object(x.req.body);
  if (!body) return body.error();
  fields in(body->root(), batch_table());
  ledger::submit_batch m;
  m.atomic = in.boolean("atomic").value_or(false);
  const auto all = transfers_in(body->root(), in);
  if (!all) return all.error();
  m.key = key_of(x, route_name, body->root());
  m.id = new_id(x, route_name, m.key, group_place);
  if (x.who().role == storage::role::customer) m.debits_only = x.who().owner;
  seen_ids seen;
  m.items.reserve(all->size());
  for (const json::value& v : *all) {
    const std::size_t i = m.items.size();
    auto item = read_item(x, v, i, m.key);
    if (!item) return item.error();
    if (auto repeated = seen.add(item->transfer.id, i)) return std::move(*repeated);
    m.items.push_back(std::move(*item));
  }
  m.ids_without_secret = ids_without_secret(x, m, *all);
  return m;
}

void append_refusal(std::string& out, const ledger::failure& why) {
  const problem p = problem_of(why);
  out += R"({"status":)";
  json::append_integer(out, static_cast<std::int64_t>(status_of(p.code)));
  out += R"(,"code":)";
  json::append_string(out, to_string(p.code));
  out += R"(,"detail":)";
  json::append_string(out, p.detail);
  if (!ledger::is_refusal(why.code)) {
    out += R"(,"outcome":)";
    json::append_string(out, why.known == ledger::outcome::none ? "none" : "unknown");
  }
  out += '}';
}

void append_item(std::string& out, const ledger::batch_item& item) {
  if (item.refused) {
    append_refusal(out, *item.refused);
    return;
  }
  out += R"({"status":201,)";
  if (item.replayed) out += R"("replayed":true,)";
  out += R"("transfer":)";
  append_transfer(out, item.transfer);
  out += '}';
}

}  // namespace

boost::asio::awaitable<handled> create_transfers(request_context& x) {
  auto message = read_batch(x);
  if (!message) co_return std::move(message.error());
  const bool may_be_repeated =
      message->key || std::ranges::any_of(message->items, &ledger::batch_item::may_be_repeated);
  const caf::actor processor = x.server.what.books.processor_of(message->id);
  const auto answered = co_await x.port.ask<ledger::batch_answer>(
      x.life.outcome_context(), processor, x.ctx, std::move(*message));
  if (!answered) co_return no_answer(x, answered.error(), may_be_repeated);
  if (answered->refused) co_return problem_of(*answered->refused);
  if (answered->replayed) x.out.add_field("Idempotency-Replayed", "true");
  std::string& out = x.out.body;
  out += R"({"data":[)";
  for (const ledger::batch_item& item : answered->items) {
    if (&item != &answered->items.front()) out += ',';
    if (!item.refused) report_due_time(x, item.transfer);
    append_item(out, item);
  }
  out += "]}";
  co_return std::nullopt;
}

}  // namespace bank::api
