#include "bank/node/config_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace bank::node {
namespace {

using texts = std::vector<std::string>;

settings apply(std::string_view text) {
  settings s;
  apply_file_text(text, "f.json", s);
  return s;
}

std::string read(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(config_file, sets_what_it_says_and_leaves_the_rest) {
  const auto a = apply(R"({
    // a comment
    "port": 9000, "listen": "0.0.0.0", /* another
    one */ "demo": true,
    "http": {"threads": 4, "idle_timeout_ms": 1500},
    "ledger": {"unload_after_ms": 2000},
    "runtime": {"read_threads": 3}
  })");
  EXPECT_EQ(a.problems, texts());
  EXPECT_EQ(a.config.http.port, 9000);
  EXPECT_EQ(a.config.http.listen, "0.0.0.0");
  EXPECT_TRUE(a.config.demo);
  EXPECT_EQ(a.config.http.threads, 4U);
  EXPECT_EQ(a.config.http.idle_timeout, std::chrono::milliseconds(1500));
  EXPECT_EQ(a.config.ledger.rest_after, std::chrono::seconds(2));
  EXPECT_EQ(a.config.runtime.lanes[1].threads, 3U);
  EXPECT_EQ(a.config.data_dir, configuration().data_dir);
}

struct wrong_file {
  const char* text;
  texts problems;
};

TEST(config_file, names_the_file_the_line_the_key_and_what_would_be_right) {
  const wrong_file cases[] = {
      {"{\n\"port\": 70000\n}",
       {"f.json:2: port is 70000, but must be an integer from 0 to 65535"}},
      {"{\"port\": \"8080\"}",
       {"f.json:1: port is \"8080\", but must be an integer from 0 to 65535"}},
      {"{\"port\": 80.5}", {"f.json:1: port is 80.5, but must be an integer from 0 to 65535"}},
      {"{\"port\":\n\n99999999999999999999}",
       {"f.json:3: port is 99999999999999999999, but must be an integer from 0 to 65535"}},
      {"{\"port\": null}", {"f.json:1: port is null, but must be an integer from 0 to 65535"}},
      {"{\"port\": [1, {\"a\": 2}]}",
       {"f.json:1: port is an array, but must be an integer from 0 to 65535"}},
      {"{\"port\": {}}", {"f.json:1: port is an object, but must be an integer from 0 to 65535"}},
      {"{\"demo\": 1}", {"f.json:1: demo is 1, but must be true or false"}},
      {"{\"listen\": \"\"}", {"f.json:1: listen is \"\", but must be a non-empty string"}},
      {"{\"log\": {\n\"level\": \"loud\"}}",
       {"f.json:2: log.level is \"loud\", but must be one of trace, debug, info, warning, error"}},
      {"{\"log\": \"info\"}",
       {"f.json:1: log must be an object; allowed keys: log.level, log.format, "
        "log.slow_request_ms"}},
      {"{\n\n\"prot\": 1}", {"f.json:3: prot: unknown key; did you mean \"port\"?"}},
      {"{\"http\": {\n\"threds\": 1}}",
       {"f.json:2: http.threds: unknown key; did you mean \"http.threads\"?"}},
      {"{\"htpp\": {\n\"threads\": 1}, \"port\": 0}",
       {"f.json:1: htpp: unknown key; did you mean \"http\"?"}},
      {"{\"runtime\": {\"colour\": 1}}",
       {"f.json:1: runtime.colour: unknown key; allowed: runtime.workers, runtime.throughput, "
        "runtime.read_threads"}},
      {"{\"port\": 1,\n\"port\": 2}", {"f.json:2: port: duplicate key, first on line 1"}},
      {"{\"http\": {\"threads\": 1,\n\"threads\": 2}}",
       {"f.json:2: http.threads: duplicate key, first on line 1"}},
      {"{\"store\": \"paper\"}",
       {"f.json:1: store is \"paper\", but must be one of sqlite, postgres"}},
      {"{\"postgres\": {\n\"url\": 5}}",
       {"f.json:2: postgres.url is wrong (secret value, not shown), but must be a string"}},
      {"{\"tls\": {\"cert\": \"a.pem\"}}",
       {"f.json:1: tls.cert is not available in this version: leave it out"}},
      {"{\"trace\": {\n\"endpoint\": \"ftp://x\"}}",
       {"f.json:2: trace.endpoint is \"ftp://x\", but must be like http://HOST:4318/v1/traces"}},
      {"{\"postgres\": {\"url\": \"mysql://me:secret@h/d\"}}",
       {"f.json:1: postgres.url must be postgresql://user@host/database, or another form that "
        "libpq accepts"}},
      {"{\"listen\": \"127.0.0.1:8080\"}",
       {"f.json:1: listen is \"127.0.0.1:8080\", but must be an address such as 127.0.0.1, 0.0.0.0 "
        "or ::1, or a host name"}},
      {"{\"data_dir\": \"books\\n\"}",
       {"f.json:1: data_dir has a control character, such as a line break: remove it"}},
      {"{\"\": 1}",
       {"f.json:1: \"\": unknown key; allowed: port, listen, data_dir, store, postgres, demo, log, "
        "shutdown, http, events, tokens, rate_limit, admission, cache, ledger, jobs, due, "
        "housekeeping, metrics, request_log, trace, runtime"}},
      {" \n", {"f.json: the file is empty; it must contain one JSON object"}},
      {"{\"admission\": {\"beside_modest\": 4}}",
       {"f.json:1: admission.beside_modest: unknown key; it was renamed: write \"admission\": "
        "{\"writes_beside_light_caller\": 4}"}},
      {"[]", {"f.json:1: the file must contain one JSON object"}},
      {"12", {"f.json:1: the file must contain one JSON object"}},
  };
  for (const wrong_file& c : cases) EXPECT_EQ(apply(c.text).problems, c.problems) << c.text;
}

TEST(config_file, says_where_it_stops_being_json) {
  const std::pair<const char*, const char*> cases[] = {
      {"{\n\"port\": 1\n", "f.json:2: "},      {"{\n\"port\" 1}", "f.json:2: "},
      {"{\"port\": 1,\n}", "f.json:2: "},      {"{}\n\n{}", "f.json:3: "},
      {"{\n\n\"demo\": maybe}", "f.json:3: "}, {"{\"listen\": \"\xff\"}", "f.json:1: "},
  };
  for (const auto& [text, place] : cases) {
    const auto a = apply(text);
    ASSERT_EQ(a.problems.size(), 1U) << text;
    EXPECT_TRUE(a.problems[0].starts_with(std::string(place) + "not valid JSON ("))
        << a.problems[0];
  }
}

TEST(config_file, says_in_which_column_it_stops_being_json) {
  EXPECT_EQ(apply("{\n  \"port\": 1,\n  }").problems,
            texts{"f.json:3: not valid JSON (syntax error at column 3)"});
  EXPECT_EQ(apply("{\"port\": 1").problems, texts{"f.json:1: not valid JSON (incomplete JSON)"});
}

TEST(config_file, tells_all_problems_in_order) {
  const auto a = apply("{\"port\": -1,\n\"demo\": 0,\n\"listen\": \"::1\"}");
  EXPECT_EQ(a.problems, (texts{"f.json:1: port is -1, but must be an integer from 0 to 65535",
                               "f.json:2: demo is 0, but must be true or false"}));
  EXPECT_EQ(a.config.http.listen, "::1");
}

TEST(config_file, that_is_missing_is_named) {
  settings s;
  apply_file("/does/not/exist.json", s);
  EXPECT_EQ(s.problems,
            (texts{"/does/not/exist.json: can't be read (No such file or directory); it "
                   "must be a JSON file that the node may read"}));
}

TEST(config_file, that_is_a_folder_is_named) {
  settings s;
  apply_file("/tmp", s);
  EXPECT_EQ(
      s.problems,
      (texts{
          "/tmp: can't be read (Is a directory); it must be a JSON file that the node may read"}));
}

TEST(config_file, says_how_to_write_a_key_that_stands_in_the_wrong_place) {
  const wrong_file cases[] = {
      {R"({"http.threads": 3})",
       {"f.json:1: \"http.threads\": unknown key; write \"http\": {\"threads\": 3}"}},
      {R"({"htpp.threads": 3})",
       {"f.json:1: \"htpp.threads\": unknown key; did you mean \"http\": {\"threads\": 3}?"}},
      {R"({"http": {"http.threads": 3}})",
       {"f.json:1: http.\"http.threads\": unknown key; write \"http\": {\"threads\": 3}"}},
      {R"({"threads": 3})", {"f.json:1: threads: unknown key; write \"http\": {\"threads\": 3}"}},
      {R"({"entries": 3})",
       {"f.json:1: entries: unknown key; write \"tokens\": {\"entries\": 3}, or \"cache\": "
        "{\"entries\": 3}"}},
      {R"({"http": {"port": 3}})",
       {"f.json:1: http.port: unknown key; write \"port\": 3 at the top level"}},
      {R"({"postgres.url": "postgresql://me:secret@h/d"})",
       {"f.json:1: \"postgres.url\": unknown key; write \"postgres\": {\"url\": ...}"}},
  };
  for (const wrong_file& c : cases) {
    const auto a = apply(c.text);
    EXPECT_EQ(a.problems, c.problems) << c.text;
    EXPECT_EQ(a.config.http.threads, configuration().http.threads) << c.text;
  }
}

TEST(config_file, finds_the_key_that_was_meant_whatever_its_case) {
  EXPECT_EQ(apply(R"({"DATA_DIR": "d"})").problems,
            texts{"f.json:1: DATA_DIR: unknown key; did you mean \"data_dir\"?"});
  EXPECT_EQ(apply(R"({"HTTP": {"Threads": 1}})").problems,
            texts{"f.json:1: HTTP: unknown key; did you mean \"http\"?"});
  EXPECT_EQ(apply(R"({"http": {"maxConnections": 1}})").problems,
            texts{"f.json:1: http.maxConnections: unknown key; did you mean "
                  "\"http.max_connections\"?"});
}

TEST(config_file, may_begin_with_a_byte_order_mark) {
  const auto a = apply("\xEF\xBB\xBF{\n\"port\": 1,\n\"demo\": 0}");
  EXPECT_EQ(a.problems, texts{"f.json:3: demo is 0, but must be true or false"});
  EXPECT_EQ(a.config.http.port, 1);
}

TEST(config_file, is_named_with_its_line_where_its_values_contradict_each_other) {
  auto a = apply("{\n\"store\": \"postgres\"}");
  check_whole(a);
  EXPECT_EQ(
      a.problems,
      texts{"f.json:2: store is \"postgres\", so postgres.url (--postgres-url, BANK_POSTGRES_URL) "
            "must be set: postgresql://user@host/database; a password belongs into "
            "BANK_POSTGRES_URL"});
  auto bad = apply(R"({"store": "postgres", "postgres": {"url": "mysql://x"}})");
  check_whole(bad);
  EXPECT_EQ(bad.problems.size(), 1U) << "the address is wrong, not missing";
}

// The example has every key at its default.
TEST(config_file, example_has_every_key_at_its_default) {
  texts problems;
  const configuration defaults;
  const std::string path = BANK_CONFIG_DIR "/node.json";
  std::set<std::string> seen;
  for (const file_entry& e : read_entries(read(path), path, problems)) {
    if (std::holds_alternative<section_begin>(e.value)) continue;
    seen.insert(e.path);
    const option* o = find_option(e.path);
    ASSERT_NE(o, nullptr) << e.path;
    ASSERT_TRUE(std::holds_alternative<option_value>(e.value)) << e.path;
    EXPECT_EQ(std::get<option_value>(e.value), o->get(defaults)) << e.path;
  }
  EXPECT_EQ(problems, texts());
  for (const option& o : option_table())
    EXPECT_EQ(seen.contains(std::string(o.path)), !o.is_planned()) << o.path;
}

// The example's comments, joined to one line, hold the help text of each option.
TEST(config_file, example_explains_each_key_as_the_help_does) {
  std::istringstream words(read(BANK_CONFIG_DIR "/node.json"));
  std::string text;
  for (std::string word; words >> word;)
    if (word != "//") text += word + ' ';
  for (const option& o : option_table()) {
    if (o.is_planned()) continue;
    EXPECT_NE(text.find(o.help), std::string::npos) << o.path;
  }
}

}  // namespace
}  // namespace bank::node
