#include "bank/node/settings.hpp"

#include <utility>

#include "bank/storage/files/data_dir.hpp"

namespace bank::node {

void settings::set(const option& o, const boost::system::result<option_value, bad_value>& v,
                   std::string where) {
  if (!v) {
    refused.insert(o.path);
    problems.push_back(where + ' ' + v.error().what);
    return;
  }
  o.set(config, *v);
  set_at.insert_or_assign(o.path, std::move(where));
}

std::string settings::name_of(std::string_view path) const {
  const auto found = set_at.find(path);
  return found == set_at.end() ? std::string(path) : found->second;
}

void check_whole(settings& s) {
  const bool has_url = !s.config.postgres.url.empty() || s.refused.contains("postgres.url");
  if (s.config.store == "postgres" && !has_url)
    s.problems.push_back(
        s.name_of("store") +
        " is \"postgres\", so postgres.url (--postgres-url, BANK_POSTGRES_URL) must "
        "be set: postgresql://user@host/database; a password belongs into "
        "BANK_POSTGRES_URL");
  if (const auto why = storage::wrong_data_dir(s.config.data_dir); !why.empty())
    s.problems.push_back(s.name_of("data_dir") + ' ' + why);
}

}  // namespace bank::node
