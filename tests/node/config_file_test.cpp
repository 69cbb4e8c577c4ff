#include "bank/node/config_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace bank::node {
namespace {

using texts = std::vector<std::string>;

struct applied {
  configuration config;
  texts problems;
};

applied apply(std::string_view text) {
  applied a;
  apply_file_text(text, "f.json", a.config, a.problems);
  return a;
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
    "ledger": {"rest_after_ms": 2000},
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
      {"{\"listen\": \"\"}", {"f.json:1: listen is \"\", but must be a text that is not empty"}},
      {"{\"log\": {\n\"level\": \"loud\"}}",
       {"f.json:2: log.level is \"loud\", but must be one of trace, debug, info, warning, error"}},
      {"{\"log\": \"info\"}",
       {"f.json:1: log must be an object with log.level, log.format, log.slow_request_ms"}},
      {"{\n\n\"prot\": 1}", {"f.json:3: prot is not a key; did you mean \"port\"?"}},
      {"{\"http\": {\n\"threds\": 1}}",
       {"f.json:2: http.threds is not a key; did you mean \"http.threads\"?"}},
      {"{\"htpp\": {\n\"threads\": 1}, \"port\": 0}",
       {"f.json:1: htpp is not a key; did you mean \"http\"?"}},
      {"{\"runtime\": {\"colour\": 1}}",
       {"f.json:1: runtime.colour is not a key; there are runtime.workers, runtime.throughput, "
        "runtime.read_threads"}},
      {"{\"port\": 1,\n\"port\": 2}", {"f.json:2: port stands twice, first on line 1"}},
      {"{\"http\": {\"threads\": 1,\n\"threads\": 2}}",
       {"f.json:2: http.threads stands twice, first on line 1"}},
      {"{\"store\": \"paper\"}",
       {"f.json:1: store is \"paper\", but must be one of sqlite, postgres"}},
      {"{\"postgres\": {\n\"url\": 5}}",
       {"f.json:2: postgres.url is not right (its value is a secret), but must be a text"}},
      {"{\"tls\": {\"cert\": \"a.pem\"}}",
       {"f.json:1: tls.cert is known, but this version does not have it: leave it out"}},
      {"[]", {"f.json:1: the file must hold one JSON object"}},
      {"12", {"f.json:1: the file must hold one JSON object"}},
  };
  for (const wrong_file& c : cases) EXPECT_EQ(apply(c.text).problems, c.problems) << c.text;
}

TEST(config_file, says_where_it_stops_being_json) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "f.json:0: "},
      {"{\n\"port\": 1\n", "f.json:2: "},
      {"{\n\"port\" 1}", "f.json:2: "},
      {"{\"port\": 1,\n}", "f.json:2: "},
      {"{}\n\n{}", "f.json:3: "},
      {"{\n\n\"demo\": maybe}", "f.json:3: "},
      {"{\"listen\": \"\xff\"}", "f.json:1: "},
  };
  for (const auto& [text, place] : cases) {
    const auto a = apply(text);
    ASSERT_EQ(a.problems.size(), 1U) << text;
    EXPECT_TRUE(a.problems[0].starts_with(std::string(place) + "this is not JSON ("))
        << a.problems[0];
  }
}

TEST(config_file, tells_all_problems_in_order) {
  const auto a = apply("{\"port\": -1,\n\"demo\": 0,\n\"listen\": \"::1\"}");
  EXPECT_EQ(a.problems, (texts{"f.json:1: port is -1, but must be an integer from 0 to 65535",
                               "f.json:2: demo is 0, but must be true or false"}));
  EXPECT_EQ(a.config.http.listen, "::1");
}

TEST(config_file, that_is_missing_is_named) {
  configuration c;
  texts problems;
  apply_file("/does/not/exist.json", c, problems);
  EXPECT_EQ(problems, (texts{"/does/not/exist.json: can't be read (No such file or directory): "
                             "give --config the path of a JSON file"}));
}

TEST(config_file, that_is_a_folder_is_named) {
  configuration c;
  texts problems;
  apply_file("/tmp", c, problems);
  EXPECT_EQ(problems, (texts{"/tmp: can't be read (Is a directory): "
                             "give --config the path of a JSON file"}));
}

TEST(config_file, takes_no_dotted_key_for_a_section) {
  const auto a = apply(R"({"http.threads": 3})");
  ASSERT_EQ(a.problems.size(), 1U);
  EXPECT_NE(a.problems[0].find("http.threads"), std::string::npos);
  EXPECT_EQ(a.config.http.threads, configuration().http.threads);
}

// The example is true: it has every key, and each at its default.
TEST(config_file, example_has_every_key_at_its_default) {
  texts problems;
  const std::string path = BANK_CONFIG_DIR "/node.json";
  std::set<std::string> seen;
  for (const file_entry& e : read_entries(read(path), path, problems)) {
    if (std::holds_alternative<section_begin>(e.value)) continue;
    seen.insert(e.path);
    const option* o = find_option(e.path);
    ASSERT_NE(o, nullptr) << e.path;
    ASSERT_TRUE(std::holds_alternative<option_value>(e.value)) << e.path;
    EXPECT_EQ(std::get<option_value>(e.value), o->get(configuration{})) << e.path;
  }
  EXPECT_EQ(problems, texts());
  for (const option& o : option_table())
    EXPECT_EQ(seen.contains(std::string(o.path)), !std::holds_alternative<planned>(o.shape))
        << o.path;
}

}  // namespace
}  // namespace bank::node
