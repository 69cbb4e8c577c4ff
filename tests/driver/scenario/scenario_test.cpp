#include "driver/scenario/scenario.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "driver/scenario/format.hpp"
#include "driver/scenario/text_formats.hpp"

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
  EXPECT_EQ(s->node.config, "node.json");
  EXPECT_EQ(s->replay->dir, "folder/some-books");
  EXPECT_EQ(s->replay->unit.code(), "JPY");
  EXPECT_EQ(s->replay->overdraft_limit, 12);
  EXPECT_EQ(s->replay->connections, 3U);
  ASSERT_EQ(s->kills.size(), 2U);
  EXPECT_DOUBLE_EQ(s->kills[0].share, 0.125);
  EXPECT_DOUBLE_EQ(s->kills[1].share, 0.6);
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
  EXPECT_EQ(s->replay->dir, "/books");
  EXPECT_EQ(s->replay->overdraft_limit, 0);
  EXPECT_EQ(s->replay->connections, 64U);
  EXPECT_TRUE(s->kills.empty());
}

/// A load scenario with a further key.
std::string load(const std::string& more) {
  return "{\"phases\":[{\"name\":\"hold\",\"arrival_rate\":10,\"duration\":\"20s\"}]," + more + "}";
}
std::string replay(const std::string& more) {
  return R"({"replay":{"dir":"b","currency":"CZK"},)" + more + "}";
}

TEST(scenario, reads_everything_a_load_can_say) {
  const auto s = parse_scenario(R"({"name":"steady","about":"it holds","seed":7,
 "node":{"config":"config/node.json","store":"postgres","postgres_url":"postgresql:///b"},
 "setup":{"accounts":1000,"owners":100,"currency":"USD","initial_balance":100000},
 "phases":[{"name":"warm-up","closed":{"clients":16,"think_time":"2ms"},"duration":"5s"},
           {"name":"ramp","arrival_rate":{"from":100,"to":5000},"duration":"20s"},
           {"name":"steps","arrival_rate":{"steps":[10,20]},"arrivals":"poisson","duration":"4s"},
           {"name":"find","arrival_rate":{"search":{"from":10,"to":99,"each":"1s"}},"duration":"9s"},
           {"name":"hold","arrival_rate":5000,"duration":"1m"}],
 "mix":{"transfer":80,"pending_then_post":5,"balance":10,"history":4,"cancel_midway":1},
 "accounts":{"zipf":1.1}, "amount":{"from":2,"to":9}, "batch":{"size":{"from":3,"to":4},"atomic":true},
 "timing":{"timeout":"3s","short_deadline":"4ms","hang_up_after":"50us","connections":9,"late_after":"2s"},
 "subscribers":{"fast":20,"slow":2,"stalled":1},
 "faults":[{"at":"hold+10s","every":"5s","kill_node":{}},{"at":"hold+30s","store":{"down":"3s"}},
           {"at":"hold+40s","store":{"latency":"200ms","jitter":"1ms","for":"5s"}},
           {"at":"ramp","stop_node":{}},{"at":"ramp+1s","stop_subscribers":{"for":"2s"}}],
 "thresholds":{"transfer.p99":"< 50ms","errors":"< 0.1%","transfers.rate":"> 4000/s","arrival.missed":"< 1%"},
 "invariants":["conserved","acknowledged_stored","exactly_once","no_error_moves_money",
               "holds_resolve_once","events_complete"]})",
                                "folder/s.json");
  ASSERT_TRUE(s) << s.error().text;
  EXPECT_EQ(s->about, "it holds");
  EXPECT_TRUE(s->node.on_postgres);
  EXPECT_EQ(s->setup.accounts, 1000U);
  ASSERT_EQ(s->phases.size(), 5U);
  EXPECT_FALSE(s->phases[0].counted);
  EXPECT_EQ(std::get<closed_load>(s->phases[0].load).clients, 16U);
  EXPECT_EQ(std::get<closed_load>(s->phases[0].load).think_time, std::chrono::milliseconds(2));
  EXPECT_TRUE(s->phases[1].counted);
  EXPECT_EQ(std::get<arrival_profile>(s->phases[1].load).pieces[0].to, 5000);
  const auto& steps = std::get<arrival_profile>(s->phases[2].load);
  EXPECT_TRUE(steps.poisson);
  ASSERT_EQ(steps.pieces.size(), 2U);
  EXPECT_EQ(steps.pieces[1].length, std::chrono::seconds(2));
  EXPECT_EQ(std::get<rate_search>(s->phases[3].load).to, 99);
  EXPECT_EQ(s->phases[4].length, std::chrono::minutes(1));
  EXPECT_EQ(s->mix.weight(operation::balance), 10);
  EXPECT_EQ(s->accounts.zipf, 1.1);
  EXPECT_EQ(s->amount.from, 2);
  EXPECT_EQ(s->batch.size.to, 4);
  EXPECT_TRUE(s->batch.atomic);
  EXPECT_EQ(s->timing.hang_up_after, std::chrono::microseconds(50));
  EXPECT_EQ(s->timing.connections, 9U);
  EXPECT_EQ(s->subscribers.stalled, 1U);
  ASSERT_EQ(s->faults.size(), 5U);
  EXPECT_EQ(s->faults[0].every, std::chrono::seconds(5));
  EXPECT_EQ(describe(s->faults[1]), "store down for 3 s");
  EXPECT_EQ(std::get<store_fault>(s->faults[2].what).jitter, std::chrono::milliseconds(1));
  EXPECT_TRUE(s->needs_own_node());
  EXPECT_TRUE(s->needs_store_proxy());
  ASSERT_EQ(s->thresholds.size(), 4U);
  EXPECT_DOUBLE_EQ(s->thresholds[1].bound, 0.001);
  EXPECT_EQ(s->invariants.size(), 6U);
}

TEST(scenario, names_file_line_and_key_of_what_is_wrong) {
  const struct {
    std::string text;
    std::string_view problem;
  } cases[] = {
      {"{}", "folder/s.json:1: the file needs exactly one of phases, replay"},
      {"[]", "folder/s.json:1: the file must be an object, not []"},
      {"{\n\"replay\":\n3}", "folder/s.json:3: \"replay\" must be an object, not 3"},
      {"{\n\"reply\":{}}",
       "folder/s.json:2: \"reply\": unknown key; allowed: name, about, seed, "
       "node, setup, phases, mix, accounts, amount, batch, timing, subscribers, faults, "
       "thresholds, "
       "invariants, replay"},
      {R"({"seed":-1})",
       "folder/s.json:1: \"seed\" must be an integer from 0 to 9007199254740991, not -1"},
      {R"({"seed":18446744073709551615})",
       "folder/s.json:1: \"seed\" must be an integer from 0 to 9007199254740991, not "
       "18446744073709551615"},
      {R"({"name":""})", "folder/s.json:1: \"name\" must be a non-empty string, not \"\""},
      {"{\"name\":\"a\",\n\"name\":\"b\"}",
       "folder/s.json:2: \"name\": duplicate key, first on line 1"},
      {R"({"node":{"port":1}})",
       "folder/s.json:1: \"node.port\": unknown key; allowed: config, store, "
       "postgres_url"},
      {"{\"replay\":{\"dir\":\"b\",\n\n\"currency\":\"XYZ\"}}",
       "folder/s.json:3: \"replay.currency\" must be an ISO 4217 code such as \"CZK\", not "
       "\"XYZ\""},
      {R"({"replay":{"currency":"CZK"}})",
       "folder/s.json:1: \"replay\" needs \"dir\": folder with the recorded books, relative to "
       "this file"},
      {R"({"replay":{"dir":"b","currency":"CZK","connections":0}})",
       "folder/s.json:1: \"replay.connections\" must be an integer from 1 to 10000, not 0"},
      {R"({"faults":{}})", "folder/s.json:1: \"faults\" must be an array, not {}"},
      {replay(R"("faults":[{"at":"40%"}])"),
       "folder/s.json:1: \"faults[]\" needs exactly one of kill_node, stop_node, store, "
       "stop_subscribers"},
      {replay(R"("faults":[{"at":"hold+10s","kill_node":{}}])"),
       "folder/s.json:1: \"faults[].at\" must be a share of the transactions such as \"40%\", "
       "above "
       "0% and below 100%, not \"hold+10s\""},
      {replay(R"("faults":[{"at":"40%","store":{"down":"3s"}}])"),
       "folder/s.json:1: the only fault allowed in a replay is {\"at\":\"40%\",\"kill_node\":{}}"},
      {replay(R"("thresholds":{"balance.p99":"< 1ms"})"),
       "folder/s.json:1: \"thresholds.balance.p99\" is not measured in a replay; allowed: "
       "transfer.p50, transfer.p95, transfer.p99, transfers.rate"},
      {replay("\n\"mix\":{\"transfer\":1}"),
       "folder/s.json:2: \"mix\" is for load only, but this scenario replays books: remove it"},
      {load(R"("thresholds":{"transfer.p99":"50ms"})"),
       "folder/s.json:1: \"thresholds.transfer.p99\" must be a limit such as \"< 50ms\", not "
       "\"50ms\""},
      {load(R"("thresholds":{"transfers.rate":"> 4000"})"),
       "folder/s.json:1: \"thresholds.transfers.rate\" must be a limit such as \"> 4000/s\", not "
       "\"> 4000\""},
      {load(R"("thresholds":{"balance.p99":"< 1ms"})"),
       "folder/s.json:1: \"thresholds.balance.p99\" is never measured: add \"balance\" to \"mix\""},
      {load(R"("thresholds":{"event.p99":"< 1ms"})"),
       "folder/s.json:1: \"thresholds.event.p99\" needs a fast subscriber: set "
       "\"subscribers\":{\"fast\":1}"},
      {load(R"("invariants":["events_complete"])"),
       "folder/s.json:1: \"events_complete\" needs a fast subscriber: set "
       "\"subscribers\":{\"fast\":1}"},
      {load(R"("invariants":["honest"])"),
       "folder/s.json:1: \"invariants[]\" must be one of conserved, acknowledged_stored, "
       "exactly_once, no_error_moves_money, holds_resolve_once, events_complete, not \"honest\""},
      {load(R"("faults":[{"at":"hold+20s","kill_node":{}}])"),
       "folder/s.json:1: \"faults[].at\" is after the end of the phase \"hold\""},
      {load(R"("faults":[{"at":"ramp","kill_node":{}}])"),
       "folder/s.json:1: \"faults[].at\" names the unknown phase \"ramp\""},
      {load(R"("faults":[{"at":"hold","store":{"down":"3s"}}])"),
       "folder/s.json:1: \"faults[].store\" needs PostgreSQL behind the driver's proxy: set "
       "\"node\":{\"store\":\"postgres\"}"},
      {load(R"("faults":[{"at":"hold","stop_subscribers":{"for":"3s"}}])"),
       "folder/s.json:1: \"faults[].stop_subscribers\" needs \"subscribers\", such as "
       "{\"fast\":1}"},
      {load(R"("node":{"store":"postgres"},"faults":[{"at":"hold","store":{"latency":"3s"}}])"),
       "folder/s.json:1: \"faults[].store\" needs \"for\" together with \"latency\""},
      {load(R"("mix":{"transfer":0})"),
       "folder/s.json:1: \"mix\" needs an operation with a weight above 0"},
      {load(R"("mix":{"theft":1})"),
       "folder/s.json:1: \"mix.theft\": unknown key; allowed: transfer, batch, "
       "pending_then_post, pending_then_void, reverse, repeat, short_deadline, cancel_midway, "
       "balance, history"},
      {load(R"("accounts":"zipf")"),
       "folder/s.json:1: \"accounts\" must be one of uniform, not \"zipf\""},
      {load(R"("accounts":3)"),
       "folder/s.json:1: \"accounts\" must be \"uniform\", or an object with \"zipf\" or \"hot\", "
       "not 3"},
      {load(R"("setup":{"accounts":5},"accounts":{"hot":{"accounts":6,"share":"50%"}})"),
       "folder/s.json:1: \"accounts.hot.accounts\" must be at most the number of accounts, 5"},
      {load(R"("amount":{"from":3,"to":2})"),
       "folder/s.json:1: \"amount.from\" must not be above \"amount.to\""},
      {R"({"phases":[]})", "folder/s.json:1: \"phases\" must be a non-empty array, not []"},
      {R"({"phases":[{"name":"a","duration":"5s"}]})",
       "folder/s.json:1: \"phases[]\" needs exactly one of closed, arrival_rate"},
      {R"({"phases":[{"name":"a","duration":"5","arrival_rate":1}]})",
       "folder/s.json:1: \"phases[].duration\" must be a duration such as \"5s\" or \"200ms\", not "
       "\"5\""},
      {R"({"phases":[{"name":"a","duration":"5s","arrival_rate":{"from":1}}]})",
       "folder/s.json:1: \"phases[].arrival_rate\" needs \"to\" together with \"from\""},
  };
  for (const auto& c : cases) EXPECT_EQ(problem_of(c.text), c.problem) << c.text;
}

TEST(scenario, says_on_which_line_the_json_breaks) {
  EXPECT_TRUE(problem_of("{\n\"seed\": 1,,\n}").starts_with("folder/s.json:2: not valid JSON: "));
  EXPECT_TRUE(problem_of("{}\n{}").starts_with("folder/s.json:2: not valid JSON: "));
  EXPECT_TRUE(problem_of("{\n\"seed\": 1\n").starts_with("folder/s.json:3: not valid JSON: "));
  EXPECT_TRUE(problem_of("").starts_with("folder/s.json:1: not valid JSON: "));
}

std::vector<std::filesystem::path> shipped() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(SCENARIO_DIR))
    if (entry.path().extension() == ".json" && entry.path().stem().extension() != ".schema")
      files.push_back(entry.path());
  return files;
}

TEST(scenario, those_that_are_shipped_are_fine_and_say_what_they_prove) {
  EXPECT_GE(shipped().size(), 2U);
  for (const auto& file : shipped()) {
    const auto s = read_scenario(file);
    ASSERT_TRUE(s) << s.error().text;
    EXPECT_EQ(s->name, file.stem());
    EXPECT_TRUE(s->replay || !s->about.empty()) << file;
  }
}

TEST(scenario, the_shipped_schema_is_made_from_what_the_check_knows) {
  std::ifstream in(std::filesystem::path(SCENARIO_DIR) / "scenario.schema.json");
  const std::string text(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(text, scenario_schema()) << "write it anew with: bank-driver schema";
}

/// Does the format accept the text? Its parser and its pattern must agree.
bool accepts(const json::text_format& f, const std::string& text) {
  const bool reader = f.accepts(text);
  EXPECT_EQ(std::regex_search(text, std::regex(f.pattern)), reader)
      << text << " against " << f.pattern;
  return reader;
}

TEST(text_formats, are_read_as_their_patterns_say) {
  const struct {
    const json::text_format& format;
    std::vector<std::string> good;
    std::vector<std::string> bad;
  } cases[] = {
      {duration_format,
       {"5s", "200ms", "1.5s", "3us", "2m", "1h", "0s"},
       {"", "5", "s", "-1s", "5 s", "1.s", ".5s", "5sec", "1e3s", "1..2s"}},
      {share_format,
       {"0%", "40%", "0.1%", "100%", "99.99%", "100.0%"},
       {"", "%", "40", "101%", "-1%", "1e1%", "100.1%"}},
      {name_format, {"hold", "warm-up", "a_1"}, {"", "a b", "hold+1s", "é"}},
      {moment_format,
       {"hold", "hold+10s", "warm-up+5ms", "a_b+1.5m"},
       {"", "+10s", "hold+", "hold+10", "ho ld", "a+b"}},
      {latency_bound_format,
       {"< 50ms", "> 1s", "< 0.5us"},
       {"50ms", "<50ms", "= 5ms", "< 5", "< 5/s"}},
      {rate_bound_format, {"> 4000/s", "< 1.5/s"}, {"> 4000", "4000/s", "> /s", "> 5ms"}},
      {share_bound_format, {"< 0.1%", "> 99%"}, {"< 0.1", "0.1%", "< 101%"}},
  };
  for (const auto& c : cases) {
    for (const std::string& text : c.good) EXPECT_TRUE(accepts(c.format, text)) << text;
    for (const std::string& text : c.bad) EXPECT_FALSE(accepts(c.format, text)) << text;
  }
}

TEST(text_formats, mean_what_they_say) {
  EXPECT_EQ(parse_duration("1.5s"), std::chrono::milliseconds(1500));
  EXPECT_EQ(parse_share("40%"), 0.4);
  EXPECT_EQ(parse_bound("< 1s", bound_unit::milliseconds)->value, 1000);
  EXPECT_FALSE(parse_bound("> 5/s", bound_unit::per_second)->below);
  EXPECT_EQ(parse_moment("hold+2m")->after, std::chrono::minutes(2));
  EXPECT_EQ(parse_moment("hold")->phase, "hold");
}

}  // namespace
}  // namespace bank::driver
