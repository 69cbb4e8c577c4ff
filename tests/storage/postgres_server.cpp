#include "storage/postgres_server.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "bank/storage/postgres/session.hpp"

namespace bank::storage::tests {

namespace {

/// The folder of the server's programs; Debian does not put them on PATH.
constexpr const char* find_programs =
    "for d in /usr/lib/postgresql/*/bin \"$(pg_config --bindir 2>/dev/null)\"; do"
    " [ -x \"$d/initdb\" ] && PATH=$d:$PATH; done\n"
    "command -v initdb >/dev/null || { echo 'there is no initdb: run scripts/setup test' >&2;"
    " exit 1; }\n";
constexpr const char* start_it =
    "pg_ctl -D \"$1/data\" -l \"$1/log\" -w -t 60 start -o \"-k '$1' -c listen_addresses=''"
    " -c max_connections=50 $2\" >/dev/null\n";
constexpr const char* quick = "-c fsync=off -c full_page_writes=off -c shared_buffers=64MB";
constexpr const char* safe = "-c shared_buffers=256MB -c max_wal_size=4GB";
constexpr const char* make_it =
    "initdb -D \"$1/data\" -U bank -A trust -E UTF8 --locale=C --no-sync >/dev/null || exit 1\n";
/// Standard input ends with the test program.
constexpr const char* watch_over_it =
    "echo ready\nexec >/dev/null 2>&1\ncat\n"
    "pg_ctl -D \"$1/data\" -m immediate -w stop\nrm -rf \"$1\"\n";
constexpr const char* kill_it = "pg_ctl -D \"$1/data\" -m immediate -w stop >/dev/null\n";

/// The user for the server, which refuses to run as root.
const passwd* other_user() {
  if (::geteuid() != 0) return nullptr;
  if (const passwd* user = ::getpwnam("postgres")) return user;
  return ::getpwnam("nobody");
}

struct child {
  pid_t pid;
  int input;   ///< to write to
  int output;  ///< to read from
};

child start_shell(const std::string& script, const std::string& folder, const char* settings) {
  int in[2];
  int out[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe");
  const passwd* user = other_user();
  const uid_t uid = user != nullptr ? user->pw_uid : ::getuid();
  const gid_t gid = user != nullptr ? user->pw_gid : ::getgid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setsid();
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    if (user != nullptr && (::setgid(gid) != 0 || ::setuid(uid) != 0)) ::_exit(1);
    if (::chdir("/") != 0) ::_exit(1);
    ::execl("/bin/sh", "sh", "-c", script.c_str(), "sh", folder.c_str(), settings, nullptr);
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  return {pid, in[1], out[0]};
}

void run_shell(const std::string& script, const std::string& folder, const char* settings) {
  const child c = start_shell(script, folder, settings);
  ::close(c.input);
  ::close(c.output);
  int status = 0;
  if (::waitpid(c.pid, &status, 0) != c.pid || status != 0)
    throw std::runtime_error("the PostgreSQL server of the tests did not obey: " + folder + "/log");
}

std::string make_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "postgres_test_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  if (const passwd* user = other_user())
    if (::chown(name.c_str(), user->pw_uid, user->pw_gid) != 0)
      throw std::runtime_error("the temporary folder can't be given to another user");
  return name;
}

}  // namespace

postgres_server& postgres_server::instance() {
  static postgres_server one(quick);
  return one;
}

postgres_server& postgres_server::durable() {
  static postgres_server one(safe);
  return one;
}

postgres_server::postgres_server(const char* settings)
    : settings_(settings), folder_(make_folder()) {
  const child keeper = start_shell(std::string(find_programs) + make_it + start_it + watch_over_it,
                                   folder_, settings_);
  char ready = 0;
  if (::read(keeper.output, &ready, 1) != 1)
    throw std::runtime_error("the PostgreSQL server of the tests did not start: " + folder_ +
                             "/log");
  // Its standard input stays open as long as this process runs.
}

std::string postgres_server::admin_url() const {
  return "host=" + folder_ + " user=bank dbname=postgres";
}

std::string postgres_server::new_url() {
  const std::string schema = "test_" + std::to_string(++schemas_);
  postgres_session(admin_url()).run("CREATE SCHEMA " + schema);
  return admin_url() + " options=-csearch_path=" + schema;
}

void postgres_server::kill() const {
  run_shell(std::string(find_programs) + kill_it, folder_, settings_);
}
void postgres_server::start() const {
  run_shell(std::string(find_programs) + start_it, folder_, settings_);
}

}  // namespace bank::storage::tests
