#include "bank/storage/postgres/session.hpp"

#include <sys/socket.h>

#include <charconv>
#include <pqxx/pqxx>

namespace bank::storage {

using lifeline::ledger::chain_hash;
using lifeline::ledger::uuid;

// -- what differs between libpqxx 6 and 7 --

namespace {

#if PQXX_VERSION_MAJOR < 7

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
/// Version 6 would reconnect silently and continue outside of the transaction.
void stay_down(pqxx::connection& c) { c.inhibit_reactivation(true); }
#pragma GCC diagnostic pop

/// Version 6 takes a variable number of arguments only of one type: so they are passed in runs.
pqxx::result run_prepared(pqxx::nontransaction& t, const std::string& name,
                          const std::vector<postgres_argument>& arguments) {
  std::vector<const char*> texts[3];
  std::vector<pqxx::binarystring> binaries[2];
  std::size_t run = 0;
  for (const postgres_argument& a : arguments) {
    if (a.is_binary != (run % 2 == 1)) ++run;
    if (run == 5) throw std::logic_error("binary arguments stand in more than two places");
    if (a.is_binary)
      binaries[run / 2].emplace_back(*a.value);
    else
      texts[run / 2].push_back(a.value ? a.value->c_str() : nullptr);
  }
  const auto all = [](const auto& some) { return pqxx::prepare::make_dynamic_params(some); };
  return t.exec_prepared(name, all(texts[0]), all(binaries[0]), all(texts[1]), all(binaries[1]),
                         all(texts[2]));
}

#else

void stay_down(pqxx::connection& /*never does*/) {}

pqxx::result run_prepared(pqxx::nontransaction& t, const std::string& name,
                          const std::vector<postgres_argument>& arguments) {
  pqxx::params all;
  for (const postgres_argument& a : arguments) {
    if (a.is_binary)
      all.append(pqxx::binary_cast(*a.value));
    else
      all.append(a.value);
  }
#if PQXX_VERSION_MAJOR > 7 || PQXX_VERSION_MINOR >= 10
  return t.exec(pqxx::prepped{name}, all);
#else
  return t.exec_prepared(name, all);
#endif
}

#endif

/// libpq's messages end with a line break and have several lines.
std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::string line;
  for (const char c : text) {
    if (c == '\n' || c == '\t') {
      if (!line.empty() && line.back() != ' ') line += ' ';
    } else {
      line += c;
    }
  }
  return line;
}

/// Adds a setting to `url` unless it has one.
std::string with_default(std::string url, const std::string& name, const std::string& value) {
  if (url.find(name + '=') != std::string::npos) return url;
  const bool is_url = url.starts_with("postgres://") || url.starts_with("postgresql://");
  if (!is_url) return url + ' ' + name + '=' + value;
  const bool first = url.find('?') == std::string::npos;
  return url + (first ? '?' : '&') + name + '=' + value;
}

/// Detects a silent server within seconds instead of hours.
std::string with_defaults(std::string url) {
  url = with_default(std::move(url), "application_name", "bank-node");
  url = with_default(std::move(url), "connect_timeout", "3");
  url = with_default(std::move(url), "tcp_user_timeout", "3000");
  url = with_default(std::move(url), "keepalives_idle", "5");
  url = with_default(std::move(url), "keepalives_interval", "2");
  return with_default(std::move(url), "keepalives_count", "3");
}

/// A commit is durable when answered, whatever the server's default; a transaction of a silent
/// client releases its locks; statements are too short for the JIT compiler.
constexpr const char* settings =
    "SET client_encoding = 'UTF8'; SET TimeZone = 'UTC'; SET client_min_messages = 'error';"
    " SET idle_in_transaction_session_timeout = '15s'; SET jit = off;"
    " SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') IN ('off', 'local')";

}  // namespace

class postgres_rows::answer {
 public:
  explicit answer(const pqxx::result& r) : all(r) {}
  pqxx::result all;
};

struct postgres_session::connection {
  explicit connection(const std::string& url) : to(url), work(to), socket(to.sock()) {}

  pqxx::connection to;
  pqxx::nontransaction work;  // BEGIN and COMMIT are statements of their own
  int socket;

  template <class F>
  auto use(F&& act) -> decltype(act()) {
    try {
      return act();
    } catch (const pqxx::broken_connection& e) {
      throw postgres_error(one_line(e.what()), {}, true);
    } catch (const pqxx::deadlock_detected& e) {  // these two have no SQLSTATE in version 6
      throw postgres_error(one_line(e.what()), "40P01", !to.is_open());
    } catch (const pqxx::serialization_failure& e) {
      throw postgres_error(one_line(e.what()), "40001", !to.is_open());
    } catch (const pqxx::sql_error& e) {
      throw postgres_error(one_line(e.what()), e.sqlstate(), !to.is_open());
    } catch (const pqxx::failure& e) {
      throw postgres_error(one_line(e.what()), {}, !to.is_open());
    } catch (const std::logic_error& e) {  // libpqxx's usage_error and similar
      throw postgres_error(one_line(e.what()), {}, !to.is_open());
    }
  }
};

postgres_session::postgres_session(const std::string& url) {
  try {
    connection_ = std::make_unique<connection>(with_defaults(url));
    stay_down(connection_->to);
  } catch (const std::exception& e) {
    throw postgres_error(one_line(e.what()), {}, true);
  }
  run(settings);
}

postgres_session::~postgres_session() = default;

postgres_rows postgres_session::run(const std::string& statements) {
  return connection_->use([&] {
    return postgres_rows(
        std::make_shared<postgres_rows::answer>(connection_->work.exec(statements)));
  });
}

postgres_rows postgres_session::query(const std::string& statement,
                                      const std::vector<postgres_argument>& arguments) {
  return connection_->use([&] {
    auto known = prepared_.find(statement);
    if (known == prepared_.end()) {
      const std::string name = "s" + std::to_string(prepared_.size());
      connection_->to.prepare(name, statement);
      known = prepared_.emplace(statement, name).first;
    }
    return postgres_rows(std::make_shared<postgres_rows::answer>(
        run_prepared(connection_->work, known->second, arguments)));
  });
}

bool postgres_session::is_open() const noexcept { return connection_->to.is_open(); }

bool postgres_session::cancel() noexcept {
  try {
    connection_->to.cancel_query();
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

void postgres_session::sever() noexcept { ::shutdown(connection_->socket, SHUT_RDWR); }

// -- rows --

bool postgres_rows::next() noexcept { return ++row_ < static_cast<int>(all_->all.size()); }
std::size_t postgres_rows::size() const noexcept {
  return static_cast<std::size_t>(all_->all.size());
}
std::size_t postgres_rows::changed() const noexcept {
  return static_cast<std::size_t>(all_->all.affected_rows());
}

static pqxx::field field_of(const pqxx::result& all, int row, int column) {
  return all[static_cast<pqxx::result::size_type>(row)][static_cast<pqxx::row::size_type>(column)];
}

bool postgres_rows::null(int column) const { return field_of(all_->all, row_, column).is_null(); }

std::string_view postgres_rows::view(int column) const {
  const pqxx::field f = field_of(all_->all, row_, column);
  return f.is_null() ? std::string_view() : std::string_view(f.c_str(), f.size());
}

std::int64_t postgres_rows::integer(int column) const {
  const std::string_view digits = view(column);
  std::int64_t n = 0;
  const char* const end = digits.data() + digits.size();
  if (!digits.empty() && std::from_chars(digits.data(), end, n).ptr != end)
    damaged('"' + std::string(digits) + "\" is not an integer");
  return n;
}

double postgres_rows::real(int column) const {
  const std::string_view digits = view(column);
  double n = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), n);
  return n;
}

uuid postgres_rows::id(int column) const {
  const std::string_view digits = view(column);
  if (const auto id = uuid::parse(digits)) return *id;
  damaged('"' + std::string(digits) + "\" is not an identifier");
}

/// In the server's form: \x, then digits.
std::string postgres_rows::bytes(int column) const {
  std::string_view digits = view(column);
  if (digits.starts_with("\\x")) digits.remove_prefix(2);
  std::string all;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    unsigned byte = 0;
    std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
    all += static_cast<char>(byte);
  }
  return all;
}

chain_hash postgres_rows::hash(int column) const {
  const std::string all = bytes(column);
  chain_hash found{};
  if (all.size() != found.size()) damaged("a hash does not have 32 bytes");
  std::copy(all.begin(), all.end(), found.begin());
  return found;
}

void postgres_rows::damaged(const std::string& what) {
  throw postgres_error("the database is damaged: " + what, "XX001", false);
}

}  // namespace bank::storage
