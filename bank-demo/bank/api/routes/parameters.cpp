#include "bank/api/routes/parameters.hpp"

#include "bank/api/http/times.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

result<ledger::account_id> account_in_path(const exchange& x) {
  const auto id = ledger::account_id::parse(x.id);
  if (!id) return invalid("id", "the account's id in the path must be a UUID");
  return *id;
}

result<std::optional<std::string>> text_parameter(const query& q, std::string_view name) {
  const auto text = q.get(name);
  if (!text) return std::optional<std::string>();
  if (auto why = broken_by(*text, name_rule)) return invalid(name, std::string(name) + ": " + *why);
  return std::optional<std::string>(*text);
}

result<std::optional<lifeline::wall_time>> time_parameter(const query& q, std::string_view name) {
  const auto text = q.get(name);
  if (!text) return std::optional<lifeline::wall_time>();
  const auto time = parse_time(*text);
  if (!time)
    return invalid(name, std::string(name) +
                             " must be a time of RFC 3339 in UTC, as 2026-11-20T10:00:00Z, not " +
                             std::string(text->substr(0, 40)));
  return time;
}

result<std::optional<ledger::account_id>> account_parameter(const query& q, std::string_view name) {
  const auto text = q.get(name);
  if (!text) return std::optional<ledger::account_id>();
  const auto id = ledger::account_id::parse(*text);
  if (!id) return invalid(name, std::string(name) + " must be an account's id, a UUID");
  return id;
}

}  // namespace bank::api
