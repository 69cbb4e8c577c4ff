#include "bank/api/events/event_text.hpp"

#include "bank/api/events/node_events.hpp"
#include "bank/api/routes/views.hpp"
#include "bank/json/write.hpp"
#include "lifeline/ledger/ledger_events.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

const ledger::ledger_event* of_ledger(const lifeline::event& e) noexcept {
  return e.as<ledger::ledger_event>();
}

std::string_view type_of(ledger::entry_kind k) noexcept {
  switch (k) {
    case ledger::entry_kind::account_opened: return "account.opened";
    case ledger::entry_kind::account_changed: return "account.changed";
    case ledger::entry_kind::scheduled: return "transfer.scheduled";
    case ledger::entry_kind::pending: return "transfer.pending";
    case ledger::entry_kind::posted: return "transfer.posted";
    case ledger::entry_kind::voided: return "transfer.voided";
    case ledger::entry_kind::expired: return "transfer.expired";
    case ledger::entry_kind::rejected: return "transfer.rejected";
  }
  return "transfer.posted";
}

void append_terms(std::string& out, const ledger::account_terms& t) {
  out += R"({"id":)";
  json::append_uuid(out, t.account);
  out += R"(,"state":)";
  json::append_string(out, to_string(t.status));
  out += R"(,"overdraft_limit":)";
  json::append_integer(out, t.overdraft_limit);
  out += '}';
}

std::string make_data(const lifeline::event& e) {
  std::string out;
  if (const auto* l = of_ledger(e)) {
    if (const auto* t = std::get_if<ledger::transfer_record>(&l->what)) {
      append_transfer(out, *t);
    } else if (const auto* a = std::get_if<ledger::account_record>(&l->what)) {
      append_account(out, *a);
    } else {
      append_terms(out, std::get<ledger::account_terms>(l->what));
    }
  } else if (const auto* j = e.as<job_changed>()) {
    out = j->json;
  } else if (const auto* a = e.as<system_alarm>()) {
    out = a->json;
  } else {
    out = "{}";
  }
  return out;
}

void append_missed(std::string& out, const lifeline::gap& g) {
  out += R"({"missed":)";
  json::append_integer(out, static_cast<std::int64_t>(g.missed));
  out += '}';
}

}  // namespace

std::size_t size_of(const lifeline::event& e) {
  constexpr std::size_t itself = 1'024;  // with its text, besides what its owner wrote
  const auto* l = of_ledger(e);
  const auto* t = l != nullptr ? std::get_if<ledger::transfer_record>(&l->what) : nullptr;
  if (t == nullptr) return itself;
  return itself + 2 * (t->kind.size() + t->memo.value_or("").size() + t->metadata.size());
}

event_group group_of(const lifeline::event& e) noexcept {
  if (const auto* l = of_ledger(e))
    return std::holds_alternative<ledger::transfer_record>(l->what) ? event_group::transfers
                                                                    : event_group::accounts;
  return e.as<job_changed>() != nullptr ? event_group::jobs : event_group::system;
}

std::string_view type_of(const lifeline::event& e) noexcept {
  if (const auto* l = of_ledger(e)) return type_of(l->kind);
  if (e.as<job_changed>() != nullptr) return "job.changed";
  if (const auto* a = e.as<system_alarm>()) return a->raised ? "system.alarm" : "system.alarm_over";
  return "system.closing";
}

bool bears_id(const lifeline::event& e) noexcept { return of_ledger(e) != nullptr; }

const std::string& data_of(const lifeline::event& e) { return e.text(make_data); }

void append_sse(std::string& out, const lifeline::bus_item& item) {
  if (const auto* g = std::get_if<lifeline::gap>(&item)) {
    out += "event: gap\ndata: ";
    append_missed(out, *g);
  } else {
    const lifeline::event& e = *std::get<lifeline::event_ptr>(item);
    if (bears_id(e)) {
      out += "id: ";
      json::append_integer(out, static_cast<std::int64_t>(e.sequence()));
      out += '\n';
    }
    out.append("event: ").append(type_of(e)).append("\ndata: ").append(data_of(e));
  }
  out += "\n\n";
}

void append_json(std::string& out, const lifeline::bus_item& item) {
  if (const auto* g = std::get_if<lifeline::gap>(&item)) {
    out += R"({"type":"gap","data":)";
    append_missed(out, *g);
  } else {
    const lifeline::event& e = *std::get<lifeline::event_ptr>(item);
    out += '{';
    if (bears_id(e)) {
      out += R"("id":)";
      json::append_integer(out, static_cast<std::int64_t>(e.sequence()));
      out += ',';
    }
    out.append(R"("type":")").append(type_of(e)).append(R"(","data":)").append(data_of(e));
  }
  out += '}';
}

}  // namespace bank::api
