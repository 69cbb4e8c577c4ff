#include "bank/node/options.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "bank/node/option_table.hpp"

namespace bank::node {
namespace {

using texts = std::vector<std::string>;

// A configuration file of its own, removed at the end.
class file_with {
 public:
  explicit file_with(const std::string& text) {
    std::string name = (std::filesystem::temp_directory_path() / "node_options_XXXXXX").string();
    ::close(::mkstemp(name.data()));
    path_ = name;
    std::ofstream(path_) << text;
  }
  file_with(const file_with&) = delete;
  file_with& operator=(const file_with&) = delete;
  ~file_with() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A valid text other than the default.
std::string other_text(const option& o) {
  if (o.is_switch()) return default_text(o) == "true" ? "false" : "true";
  if (o.path == "cache.redis_url") return "redis://elsewhere:6380/2";
  if (o.path == "postgres.url") return "postgresql://me@elsewhere/bank?sslmode=verify-full";
  if (o.path == "trace.endpoint") return "http://elsewhere/v1/traces";
  if (!o.shape.choices.empty()) return o.shape.choices.back();
  if (o.shape.what == json::shape::kind::text) return "elsewhere";
  return std::to_string(static_cast<std::int64_t>(o.shape.most));
}

std::string in_a_file(const option& o, const std::string& text) {
  const bool bare = o.shape.what != json::shape::kind::text;
  const std::string value = bare ? text : '"' + text + '"';
  if (o.section().empty()) return "{\"" + std::string(o.path) + "\":" + value + '}';
  const std::string key(o.path.substr(o.section().size() + 1));
  return "{\"" + std::string(o.section()) + "\":{\"" + key + "\":" + value + "}}";
}

bool is_planned(const option& o) { return o.is_planned(); }

TEST(options, without_any_are_the_defaults) {
  const auto in = read_options({}, {});
  EXPECT_EQ(in.problems, texts());
  EXPECT_EQ(in.what, command::run);
  const configuration defaults;
  for (const option& o : option_table()) {
    if (is_planned(o)) continue;
    EXPECT_EQ(o.get(in.config), o.get(defaults)) << o.path;
  }
}

TEST(options, have_names_made_from_their_path) {
  const option* o = find_option("http.idle_timeout_ms");
  ASSERT_NE(o, nullptr);
  EXPECT_EQ(o->flag(), "--http-idle-timeout-ms");
  EXPECT_EQ(o->variable(), "BANK_HTTP_IDLE_TIMEOUT_MS");
  EXPECT_EQ(o->section(), "http");
  EXPECT_EQ(find_option("data_dir")->flag(), "--data-dir");
}

TEST(options, are_each_read_from_the_line_the_environment_and_the_file) {
  for (const option& o : option_table()) {
    if (is_planned(o)) continue;
    const std::string text = other_text(o);
    const option_value want = *parse_value(o, text);
    const file_with file(in_a_file(o, text));
    // The store "postgres" needs a URL as well.
    const std::pair<std::string, std::string> url{"BANK_POSTGRES_URL", "postgresql://h/d"};
    const environment beside = o.path == "store" ? environment{url} : environment{};
    environment variable = beside;
    variable.emplace_back(o.variable(), text);
    environment named = beside;
    named.emplace_back("BANK_CONFIG", file.path());
    const auto by_line = read_options({o.flag() + '=' + text}, beside);
    const auto by_variable = read_options({}, variable);
    const auto by_file = read_options({"--config", file.path()}, beside);
    const auto by_named_file = read_options({}, named);
    for (const auto* in : {&by_line, &by_variable, &by_file, &by_named_file}) {
      EXPECT_EQ(in->problems, texts()) << o.path;
      EXPECT_EQ(o.get(in->config), want) << o.path;
    }
  }
}

TEST(options, count_the_line_before_the_environment_before_the_file) {
  const file_with file(R"({"port": 1, "listen": "file", "data_dir": "file"})");
  const auto in = read_options({"--config", file.path(), "--port", "3"},
                               {{"BANK_PORT", "2"}, {"BANK_LISTEN", "environment"}, {"HOME", "/"}});
  EXPECT_EQ(in.problems, texts());
  EXPECT_EQ(in.config.http.port, 3);
  EXPECT_EQ(in.config.http.listen, "environment");
  EXPECT_EQ(in.config.data_dir, "file");
}

TEST(options, that_are_overridden_must_be_right_all_the_same) {
  const file_with file("{\n\"port\": -1}");
  const auto in = read_options({"--config", file.path(), "--port", "3"}, {{"BANK_PORT", "x"}});
  EXPECT_EQ(in.problems,
            (texts{file.path() + ":2: port is -1, but must be an integer from 0 to 65535",
                   "BANK_PORT is \"x\", but must be an integer from 0 to 65535"}));
}

struct wrong_line {
  texts arguments;
  texts problems;
};

TEST(options, on_the_line_are_refused_with_what_would_be_right) {
  const wrong_line cases[] = {
      {{"--port", "65536"}, {"--port is 65536, but must be an integer from 0 to 65535"}},
      {{"--port", "80a"}, {"--port is \"80a\", but must be an integer from 0 to 65535"}},
      {{"--port=-1"}, {"--port is -1, but must be an integer from 0 to 65535"}},
      {{"--port", "1", "--port", "2"}, {"--port is given more than once"}},
      {{"--prot", "1"}, {"--prot: unknown option; did you mean --port?"}},
      {{"--prot=1"}, {"--prot: unknown option; did you mean --port?"}},
      {{"--colour"}, {"--colour: unknown option; see bank-node --help"}},
      {{"migrat"}, {"migrat: unknown command; did you mean migrate?"}},
      {{"verfy"}, {"verfy: unknown command; did you mean verify?"}},
      {{"backup"}, {"backup needs FILE, the file to copy the ledger into"}},
      {{"--demo=perhaps"}, {"--demo is \"perhaps\", but must be true or false"}},
      {{"--store", "paper"}, {"--store is \"paper\", but must be one of sqlite, postgres"}},
      {{"--postgres-connections", "0"},
       {"--postgres-connections is 0, but must be an integer from 1 to 1000"}},
      {{"--cache-redis-url", "redis://:secret@host:99999"},
       {"--cache-redis-url has an invalid port"}},
      {{"--cache-redis-url", "localhost:6379"},
       {"--cache-redis-url has an unknown scheme; it must be redis://[[user]:password@]host[:port]"
        "[/database] or unix://[[user]:password@]/path[?db=N]"}},
      {{"--cache-redis-timeout-ms", "0"},
       {"--cache-redis-timeout-ms is 0, but must be an integer from 1 to 10000"}},
      {{"--trace-endpoint", "ftp://x"},
       {"--trace-endpoint is \"ftp://x\", but must be like http://HOST:4318/v1/traces"}},
      {{"--trace-endpoint", "http://h:70000"},
       {"--trace-endpoint has the port 70000, but a port is from 1 to 65535"}},
      {{"--postgres-url", "postgresql://me:secret@h/d?sslmode=maybe"},
       {"--postgres-url has an invalid sslmode, which must be one of disable, allow, prefer, "
        "require, "
        "verify-ca, verify-full"}},
      {{"--store", "postgres"},
       {"--store is \"postgres\", so postgres.url (--postgres-url, BANK_POSTGRES_URL) must be set: "
        "postgresql://user@host/database; a password belongs into BANK_POSTGRES_URL"}},
      {{"--listen", "http://localhost"},
       {"--listen is \"http://localhost\", but must be an address such as 127.0.0.1, 0.0.0.0 or "
        "::1, or a host name"}},
      {{"--data-dir", "/dev/null"},
       {"--data-dir is \"/dev/null\", but must name a folder, and a file is there"}},
      {{"--data-dir", "/dev/null/books", "migrate"},
       {"--data-dir is \"/dev/null/books\", but must name a folder, and a file is there"}},
      {{"--tls-cert", "a", "--tls-key", "b"},
       {"--tls-cert is not available in this version: leave it out",
        "--tls-key is not available in this version: leave it out"}},
      {{"check-config"}, {"check-config needs FILE, the configuration file to check"}},
      {{"token"}, {"token needs a command: token create --role ROLE"}},
      {{"token", "create"}, {"token create needs --role: admin, customer or auditor"}},
      {{"--config", "/does/not/exist"},
       {"/does/not/exist: can't be read (No such file or directory); it must be a JSON file that "
        "the "
        "node may read"}},
      {{"--port"}, {"--port needs a value; see bank-node --help"}},
      {{"--demo", "no"}, {"no: unknown command; a value of --demo follows =: --demo=false"}},
      {{"--admission-beside-modest", "2"},
       {"--admission-beside-modest: unknown option; it was renamed: write "
        "--admission-writes-beside-light-caller"}},
      {{"--cluster"}, {"--cluster: unknown option; see bank-node --help"}},
  };
  for (const wrong_line& c : cases)
    EXPECT_EQ(read_options(c.arguments, {}).problems, c.problems) << c.arguments[0];
}

TEST(options, in_the_environment_are_refused_with_what_would_be_right) {
  const auto in = read_options({}, {{"BANK_PROT", "1"},
                                    {"BANK_COLOUR_OF_MONEY", "green"},
                                    {"BANK_ADMISSION_OF_A_CALLER", "8"},
                                    {"BANK_DEMO", "yes"},
                                    {"BANK_STORE", "paper"}});
  EXPECT_EQ(in.problems, (texts{"BANK_PROT: unknown variable; did you mean BANK_PORT?",
                                "BANK_COLOUR_OF_MONEY: unknown variable; unset it, or see --help "
                                "for the options",
                                "BANK_ADMISSION_OF_A_CALLER: unknown variable; it was renamed: "
                                "write BANK_ADMISSION_CONCURRENT_PER_CALLER",
                                "BANK_DEMO is \"yes\", but must be true or false",
                                "BANK_STORE is \"paper\", but must be one of sqlite, postgres"}));
}

TEST(options, take_an_empty_variable_for_none) {
  std::vector<std::pair<std::string, std::string>> variables{
      {"BANK_CONFIG", ""}, {"BANK_FAULT_CRASH_ACTOR", ""}, {"BANK_NOT_AN_OPTION", ""}};
  for (const option& o : option_table()) variables.emplace_back(o.variable(), "");
  const auto in = read_options({}, variables);
  EXPECT_EQ(in.problems, texts());
  EXPECT_EQ(in.config.http.port, configuration().http.port);
  EXPECT_EQ(in.config.data_dir, configuration().data_dir);
}

TEST(options, tell_what_to_do_about_the_variables_of_a_kubernetes_service) {
  const auto in = read_options({}, {{"BANK_SERVICE_HOST", "10.0.0.1"},
                                    {"BANK_SERVICE_PORT", "80"},
                                    {"BANK_SERVICE_PORT_HTTP", "80"},
                                    {"BANK_PORT", "tcp://10.0.0.1:80"},
                                    {"BANK_PORT_80_TCP", "tcp://10.0.0.1:80"},
                                    {"BANK_PORT_80_TCP_PROTO", "tcp"},
                                    {"BANK_PORT_80_TCP_PORT", "80"},
                                    {"BANK_PORT_80_TCP_ADDR", "10.0.0.1"}});
  EXPECT_EQ(in.problems,
            (texts{"BANK_SERVICE_HOST, BANK_SERVICE_PORT, BANK_SERVICE_PORT_HTTP, BANK_PORT, "
                   "BANK_PORT_80_TCP, BANK_PORT_80_TCP_PROTO, BANK_PORT_80_TCP_PORT, "
                   "BANK_PORT_80_TCP_ADDR are set by Kubernetes for a service whose name begins "
                   "with bank: set \"enableServiceLinks: false\" in the pod's spec, or rename the "
                   "service"}));
  const auto other = read_options({}, {{"BANK_NODE_PORT_53_UDP", "udp://10.0.0.1:53"}});
  EXPECT_EQ(other.problems,
            (texts{"BANK_NODE_PORT_53_UDP is set by Kubernetes for a service whose name begins "
                   "with bank: set \"enableServiceLinks: false\" in the pod's spec, or rename the "
                   "service"}));
}

TEST(options, of_faults_come_from_the_environment_alone) {
  const auto in = read_options({}, {{"BANK_FAULT_CRASH_ACTOR", "rate_limiter"}});
  EXPECT_TRUE(in.problems.empty());
  EXPECT_EQ(in.config.crash_actor, "rate_limiter");
  EXPECT_FALSE(read_options({"--fault-crash-actor", "rate_limiter"}, {}).problems.empty());
}

TEST(options, stand_before_and_after_a_command) {
  for (const texts& line :
       {texts{"--data-dir", "d", "migrate"}, texts{"migrate", "--data-dir", "d"}}) {
    const auto in = read_options(line, {});
    EXPECT_EQ(in.problems, texts());
    EXPECT_EQ(in.what, command::migrate);
    EXPECT_EQ(in.config.data_dir, "d");
  }
}

TEST(options, of_maintenance_are_read) {
  const auto verify = read_options({"verify", "--data-dir", "d"}, {});
  EXPECT_EQ(verify.what, command::verify);
  EXPECT_EQ(verify.config.data_dir, "d");
  const auto backup = read_options({"--data-dir", "d", "backup", "file"}, {});
  EXPECT_EQ(backup.problems, texts());
  EXPECT_EQ(backup.what, command::back_up);
  EXPECT_EQ(backup.file, "file");
}

TEST(options, of_import_are_read) {
  const auto in = read_options({"import", "books", "--currency", "CZK", "--overdraft-limit", "5",
                                "--owner", "alice", "--data-dir", "d"},
                               {});
  EXPECT_EQ(in.problems, texts());
  EXPECT_EQ(in.what, command::import_books);
  EXPECT_EQ(in.file, "books");
  EXPECT_EQ(in.currency, "CZK");
  EXPECT_EQ(in.overdraft_limit, "5");
  EXPECT_EQ(in.owner, "alice");
  EXPECT_EQ(in.config.data_dir, "d");
  EXPECT_EQ(read_options({"import", "books"}, {}).problems,
            texts{"import needs --currency, the currency of the recorded books"});
  EXPECT_EQ(read_options({"import"}, {}).problems.at(0),
            "import needs DIR, the folder with the recorded books");
}

TEST(options, of_token_create_are_read) {
  const auto in = read_options(
      {"token", "create", "--role", "customer", "--owner", "alice", "--data-dir", "d"}, {});
  EXPECT_EQ(in.problems, texts());
  EXPECT_EQ(in.what, command::create_token);
  EXPECT_EQ(in.role, "customer");
  EXPECT_EQ(in.owner, "alice");
  EXPECT_EQ(in.config.data_dir, "d");
}

/// For every error in every source, check-config and all other commands report the same.
TEST(options, are_checked_by_check_config_as_by_a_start) {
  struct source {
    std::string file;
    texts line;
    environment variables;
  };
  const source cases[] = {
      {"{}", {}, {}},
      {R"({"port": -1, "colour": "green"})", {}, {}},
      {R"({"trace": {"endpoint": "ftp://x"}})", {}, {}},
      {R"({"store": "postgres"})", {}, {}},
      {R"({"store": "postgres"})", {}, {{"BANK_POSTGRES_URL", "postgresql://h/d"}}},
      {R"({"store": "postgres", "postgres": {"url": "mysql://x"}})", {}, {}},
      {R"({"data_dir": "/dev/null"})", {}, {}},
      {R"({"data_dir": "/dev/null"})", {"--data-dir", "d"}, {}},
      {"{}", {"--listen", "256.0.0.1"}, {{"BANK_PORT", "x"}, {"BANK_COLOUR", "green"}}},
  };
  for (const source& c : cases) {
    const file_with file(c.file);
    texts checks{"check-config", file.path()};
    checks.insert(checks.end(), c.line.begin(), c.line.end());
    const auto checked = read_options(checks, c.variables);
    EXPECT_EQ(checked.what, command::check_config);
    EXPECT_EQ(checked.file, file.path());
    for (const texts& command : {texts{},
                                 {"migrate"},
                                 {"verify"},
                                 {"backup", "copy"},
                                 {"token", "create", "--role", "admin"},
                                 {"import", "books", "--currency", "CZK"}}) {
      texts starts{"--config", file.path()};
      starts.insert(starts.end(), command.begin(), command.end());
      starts.insert(starts.end(), c.line.begin(), c.line.end());
      EXPECT_EQ(checked.problems, read_options(starts, c.variables).problems) << c.file;
    }
  }
}

TEST(options, name_one_file_to_check) {
  const file_with good("{}");
  EXPECT_EQ(read_options({"check-config", good.path(), "--config", "other"}, {}).problems,
            texts{"check-config checks FILE: leave --config out"});
}

TEST(options, help_tells_each_option_with_its_default_and_no_planned_one) {
  const auto in = read_options({"--help"}, {{"BANK_PORT", "x"}});
  EXPECT_EQ(in.what, command::print);
  for (const option& o : option_table())
    EXPECT_EQ(in.output.find(o.flag()) != std::string::npos, !is_planned(o)) << o.path;
  EXPECT_NE(in.output.find("default: 8080"), std::string::npos);
  for (const char* command : {"verify", "backup", "migrate", "import"})
    EXPECT_NE(in.output.find(command), std::string::npos);
}

TEST(options, version_names_the_program) {
  const auto in = read_options({"--version"}, {});
  EXPECT_EQ(in.what, command::print);
  EXPECT_TRUE(in.output.starts_with("bank-node ")) << in.output;
}

}  // namespace
}  // namespace bank::node
