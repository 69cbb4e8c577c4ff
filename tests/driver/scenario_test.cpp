#include "bank/driver/scenario.hpp"

#include <gtest/gtest.h>

namespace bank::driver {
namespace {

std::string problem_of(std::string_view text) {
  const auto s = parse_scenario(text, "folder/s.json");
  return s ? "none" : s.error().text;
}

TEST(scenario, reads_everything_a_replay_can_say) {
  const auto s = parse_scenario(R"(// a comment
{
  "name": "books", "seed": 9, /* and another */
  "node": {"config": "../node.json"},
  "replay": {"dir": "some-books", "currency": "JPY", "overdraft_limit": 12, "connections": 3},
  "faults": [{"at": "60%", "kill_node": {}}, {"at": "12.5%", "kill_node": {}}],
  "thresholds": {"transfer.p99": "< 50ms", "transfers.rate": "> 4000/s"}
})",
                                "folder/s.json");
  ASSERT_TRUE(s) << s.error().text;
  EXPECT_EQ(s->name, "books");
  EXPECT_EQ(s->seed, 9U);
  EXPECT_EQ(s->node_config, "node.json");
  EXPECT_EQ(s->replay.dir, "folder/some-books");
  EXPECT_EQ(s->replay.unit.code(), "JPY");
  EXPECT_EQ(s->replay.overdraft_limit, 12);
  EXPECT_EQ(s->replay.connections, 3U);
  ASSERT_EQ(s->faults.size(), 2U);
  EXPECT_DOUBLE_EQ(s->faults[0].share, 0.125);
  EXPECT_DOUBLE_EQ(s->faults[1].share, 0.6);
  ASSERT_EQ(s->thresholds.size(), 2U);
  EXPECT_TRUE(s->thresholds[0].below);
  EXPECT_DOUBLE_EQ(s->thresholds[0].bound, 50);
  EXPECT_FALSE(s->thresholds[1].below);
  EXPECT_DOUBLE_EQ(s->thresholds[1].bound, 4000);
}

TEST(scenario, has_defaults_for_what_is_not_said) {
  const auto s = parse_scenario(R"({"replay":{"dir":"/books","currency":"CZK"}})", "folder/s.json");
  ASSERT_TRUE(s) << s.error().text;
  EXPECT_EQ(s->name, "s");
  EXPECT_EQ(s->replay.dir, "/books");
  EXPECT_EQ(s->replay.overdraft_limit, 0);
  EXPECT_EQ(s->replay.connections, 64U);
  EXPECT_TRUE(s->faults.empty());
}

TEST(scenario, names_file_line_and_key_of_what_is_wrong) {
  const struct {
    std::string_view text;
    std::string_view problem;
  } cases[] = {
      {"{}", "folder/s.json:1: there is nothing to do: a \"replay\" is missing"},
      {"[]", "folder/s.json:1: the file must be an object"},
      {"{\n\"replay\":\n3}", "folder/s.json:3: \"replay\" must be an object"},
      {"{\n\"reply\":{}}",
       "folder/s.json:2: \"reply\" is not a key that I know; here may stand: name, seed, node, "
       "replay, faults, thresholds"},
      {R"({"seed":-1})",
       "folder/s.json:1: \"seed\" must be a whole number from 0 to 9007199254740991"},
      {R"({"seed":18446744073709551615})",
       "folder/s.json:1: \"seed\" must be a whole number from 0 to 9007199254740991"},
      {R"({"name":""})", "folder/s.json:1: \"name\" must be a text"},
      {"{\"name\":\"a\",\n\"name\":\"b\"}",
       "folder/s.json:2: \"name\" stands here a second time (the first is on line 1)"},
      {R"({"node":{"port":1}})",
       "folder/s.json:1: \"node.port\" is not a key that I know; here may stand: config"},
      {"{\"replay\":{\"dir\":\"b\",\n\n\"currency\":\"XYZ\"}}",
       "folder/s.json:3: \"replay.currency\" must be an ISO 4217 code such as \"CZK\", not "
       "\"XYZ\""},
      {R"({"replay":{"currency":"CZK"}})",
       "folder/s.json:1: \"replay\" needs \"dir\", the books' folder"},
      {R"({"replay":{"dir":"b"}})",
       "folder/s.json:1: \"replay\" needs \"currency\", such as \"CZK\""},
      {R"({"replay":{"dir":"b","currency":"CZK","overdraft_limit":-1}})",
       "folder/s.json:1: \"replay.overdraft_limit\" must be a whole number from 0 to "
       "9007199254740991"},
      {R"({"replay":{"dir":"b","currency":"CZK","connections":0}})",
       "folder/s.json:1: \"replay.connections\" must be a whole number from 1 to 10000"},
      {R"({"replay":{"dir":"b","currency":"CZK","speed":2}})",
       "folder/s.json:1: \"replay.speed\" is not a key that I know; here may stand: dir, currency, "
       "overdraft_limit, connections"},
      {R"({"faults":{}})", "folder/s.json:1: \"faults\" must be an array of objects"},
      {R"({"faults":[{"at":"40%"}]})",
       "folder/s.json:1: a fault needs \"at\" and \"kill_node\": "
       "{\"at\":\"40%\",\"kill_node\":{}}"},
      {R"({"faults":[{"at":"hold+10s","kill_node":{}}]})",
       "folder/s.json:1: \"faults[].at\" must be a share of the transactions such as \"40%\", "
       "above "
       "0% and below 100%, not \"hold+10s\""},
      {R"({"faults":[{"at":"100%","kill_node":{}}]})",
       "folder/s.json:1: \"faults[].at\" must be a share of the transactions such as \"40%\", "
       "above "
       "0% and below 100%, not \"100%\""},
      {R"({"faults":[{"at":"40%","kill_node":{"hard":true}}]})",
       "folder/s.json:1: \"faults[].kill_node.hard\" is not a key that I know; here may stand: "
       "nothing"},
      {R"({"faults":[{"at":"40%","store":{"down":"3s"}}]})",
       "folder/s.json:1: \"faults[].store\" breaks the store under load, which this driver can't "
       "do: "
       "a replay knows \"kill_node\" only"},
      {R"({"thresholds":{"transfer.p98":"< 1ms"}})",
       "folder/s.json:1: \"thresholds.transfer.p98\" is not a key that I know; here may stand: "
       "transfer.p50, transfer.p95, transfer.p99, transfers.rate"},
      {R"({"thresholds":{"transfer.p99":"50ms"}})",
       "folder/s.json:1: \"thresholds.transfer.p99\" must be like \"< 50ms\", not \"50ms\""},
      {R"({"thresholds":{"transfers.rate":"> 4000"}})",
       "folder/s.json:1: \"thresholds.transfers.rate\" must be like \"> 4000/s\", not \"> 4000\""},
  };
  for (const auto& c : cases) EXPECT_EQ(problem_of(c.text), c.problem) << c.text;
}

TEST(scenario, says_on_which_line_the_json_breaks) {
  EXPECT_TRUE(problem_of("{\n\"seed\": 1,,\n}").starts_with("folder/s.json:2: this is not JSON: "));
  EXPECT_TRUE(problem_of("{}\n{}").starts_with("folder/s.json:2: this is not JSON: "));
  EXPECT_TRUE(problem_of("{\n\"seed\": 1\n").starts_with("folder/s.json:3: this is not JSON: "));
  EXPECT_TRUE(problem_of("").starts_with("folder/s.json:1: this is not JSON: "));
}

TEST(scenario, refuses_generated_load_instead_of_passing_over_it) {
  for (const std::string key : {"setup", "phases", "mix", "accounts", "subscribers", "invariants"})
    EXPECT_EQ(problem_of("{\"replay\":{\"dir\":\"b\",\"currency\":\"CZK\"},\n\"" + key + "\":[]}"),
              "folder/s.json:2: \"" + key +
                  "\" asks for generated load, which this driver can't "
                  "make: it replays recorded books (\"replay\")");
}

TEST(scenario, those_that_are_shipped_are_fine) {
  for (const std::string name : {"replay", "replay-kill"}) {
    const auto s = read_scenario(std::filesystem::path(SCENARIO_DIR) / (name + ".json"));
    ASSERT_TRUE(s) << s.error().text;
    EXPECT_EQ(s->name, name);
    EXPECT_EQ(s->faults.size(), name == "replay-kill" ? 1U : 0U);
  }
}

}  // namespace
}  // namespace bank::driver
