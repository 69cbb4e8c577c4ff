#include "bank/api/routes/parameters.hpp"

#include "bank/api/http/times.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

/// In a query, an unescaped "+" means a space. Before an offset a space can only have been a "+".
std::string with_sign(std::string_view time) {
  constexpr std::string_view offset = " hh:mm";
  std::string text(time);
  if (text.size() > offset.size() && text[text.size() - offset.size()] == ' ')
    text[text.size() - offset.size()] = '+';
  return text;
}

}  // namespace

result<ledger::account_id> account_in_path(const request_context& x) {
  const auto id = ledger::account_id::parse(x.id);
  if (!id) return invalid("id", "the account's id in the path must be a UUID, not " + quoted(x.id));
  return *id;
}

result<std::optional<std::string>> text_parameter(const query& q, std::string_view name) {
  const auto text = q.get(name);
  if (!text) return std::optional<std::string>();
  if (auto why = json::broken_by(*text, name_rule))
    return invalid(name, std::string(name) + ": " + *why);
  return std::optional<std::string>(*text);
}

result<std::optional<lifeline::wall_time>> time_parameter(const query& q, std::string_view name) {
  const auto text = q.get(name);
  if (!text) return std::optional<lifeline::wall_time>();
  const auto time = parse_time(with_sign(*text));
  if (!time)
    return invalid(name, std::string(name).append(" ").append(time_rule) +
                             " (in a query, + is written %2B), not " + quoted(*text));
  return time;
}

result<std::optional<ledger::account_id>> account_parameter(const query& q, std::string_view name) {
  const auto text = q.get(name);
  if (!text) return std::optional<ledger::account_id>();
  const auto id = ledger::account_id::parse(*text);
  if (!id)
    return invalid(name,
                   std::string(name) + " must be an account's id, a UUID, not " + quoted(*text));
  return id;
}

}  // namespace bank::api
