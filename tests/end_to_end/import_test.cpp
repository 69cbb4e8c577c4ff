#include <gtest/gtest.h>
#include <signal.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <thread>

#include "api/http_client.hpp"
#include "bank/books/books.hpp"
#include "end_to_end/books.hpp"
#include "end_to_end/programs.hpp"

namespace bank::end_to_end {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using api::testing::ask_for;
using api::testing::http_client;
using api::testing::reply;

constexpr int overdraft_limit = 5'000'000;

reply call(const running_node& node, const ask_for& a) {
  http_client client(node.port());
  client.send(a.text());
  return client.read();
}

std::string import_body(const fs::path& dir) {
  json::object files;
  for (const char* name : {"accounts.csv", "transactions.csv", "closing_balances.csv"})
    files[name] = read_text(dir / name);
  return json::serialize(json::object{{"kind", "import"},
                                      {"parameters",
                                       {{"files", std::move(files)},
                                        {"currency", "CZK"},
                                        {"overdraft_limit", overdraft_limit},
                                        {"owner", "alice"}}}});
}

std::string submit(const running_node& node, const std::string& body) {
  const reply r = call(node, {"POST", "/v1/jobs", node.admin_token(), body});
  EXPECT_EQ(r.status, 202U) << r.body;
  return r.text("id");
}

json::object job(const running_node& node, const std::string& id) {
  return call(node, {"GET", "/v1/jobs/" + id, node.admin_token()}).json();
}

bool is_over(const json::object& j) {
  return j.at("state") != "queued" && j.at("state") != "running";
}

json::object ended_job(const running_node& node, const std::string& id) {
  json::object j = job(node, id);
  while (!is_over(j)) {
    std::this_thread::yield();
    j = job(node, id);
  }
  return j;
}

/// Waits until the job has done some of its work; false if it has done all.
bool reach_the_middle(const running_node& node, const std::string& id) {
  json::object j = job(node, id);
  while (!is_over(j) && node.ledger_sequence().value_or(0) < 3'000) j = job(node, id);
  return !is_over(j);
}

void expect_closing_balances(const running_node& node, const fs::path& dir,
                             const std::string& owner) {
  const auto recorded = books::read_books(dir);
  ASSERT_TRUE(recorded) << recorded.error().text();
  http_client client(node.port());
  for (const auto& account : recorded->accounts) {
    client.send(
        ask_for{"GET", "/v1/accounts?owner=" + owner + "&ref=" + account.ref, node.admin_token()}
            .text());
    const auto rows = client.read().rows();
    ASSERT_EQ(rows.size(), 1U) << account.ref;
    EXPECT_EQ(rows[0].at("balance").at("posted").as_int64(), account.closing_minor);
  }
}

struct imports : testing::Test {
  void start() { node.emplace(data, scratch / "node.log"); }
  void stop() {
    node->send(SIGTERM);
    EXPECT_EQ(node->wait().status, 0) << read_text(scratch / "node.log");
    node.reset();
  }
  child_process::command command(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--data-dir", data.string()});
    return {BANK_NODE, std::move(arguments), scratch / "errors", {}};
  }
  child_process::command import_command(const fs::path& dir) {
    return command({"import", dir.string(), "--currency", "CZK", "--overdraft-limit",
                    std::to_string(overdraft_limit), "--owner", "alice"});
  }
  std::string verified() { return run_program(command({"verify"})).output; }
  std::string errors() { return read_text(scratch / "errors"); }
  /// Large enough for something to happen on the way.
  fs::path long_books() {
    make_long_books(scratch / "books", 100, 20'000);
    return scratch / "books";
  }

  scratch_folder scratch;
  const fs::path data = scratch / "data";
  std::optional<running_node> node;
};

const std::string whole_long_books =
    "whole: 101 accounts, 20000 transfers, up to sequence 20100; every currency sums to 0;";

TEST_F(imports, over_http_bring_every_row_into_the_books_and_once_only) {
  const fs::path dir = books_folder();
  start();
  const json::object done = ended_job(*node, submit(*node, import_body(dir)));
  EXPECT_EQ(done.at("state"), "succeeded") << json::serialize(done);
  const auto& result = done.at("result").as_object();
  EXPECT_EQ(result.at("closing").at("differ"), 0) << json::serialize(done);
  EXPECT_EQ(result.at("transfers").at("posted"), result.at("transfers").at("rows"));
  expect_closing_balances(*node, dir, "alice");
  EXPECT_TRUE(fs::is_empty(data / "job-files")) << "its files go with it";

  const auto sequence = node->ledger_sequence();
  const json::object again = ended_job(*node, submit(*node, import_body(dir)));
  EXPECT_EQ(again.at("state"), "succeeded");
  EXPECT_EQ(again.at("result").at("transfers").at("posted"), 0);
  EXPECT_EQ(node->ledger_sequence(), sequence) << "nothing moves";
  stop();
}

TEST_F(imports, that_a_crash_cuts_off_go_on_and_double_nothing) {
  const fs::path dir = long_books();
  start();
  const std::string id = submit(*node, import_body(dir));
  ASSERT_TRUE(reach_the_middle(*node, id)) << "it was too fast";
  node->send(SIGKILL);
  node->wait();
  EXPECT_FALSE(fs::is_empty(data / "job-files"));
  start();
  const json::object done = ended_job(*node, id);
  EXPECT_EQ(done.at("state"), "succeeded") << json::serialize(done);
  EXPECT_EQ(done.at("attempts"), 2);
  EXPECT_GT(done.at("result").at("transfers").at("found").as_int64(), 0);
  expect_closing_balances(*node, dir, "alice");
  stop();
  EXPECT_EQ(verified().substr(0, whole_long_books.size()), whole_long_books);
}

TEST_F(imports, end_soon_when_they_are_cancelled_and_leave_whole_books) {
  const fs::path dir = long_books();
  start();
  const std::string id = submit(*node, import_body(dir));
  ASSERT_TRUE(reach_the_middle(*node, id)) << "it was too fast";
  EXPECT_EQ(call(*node, {"DELETE", "/v1/jobs/" + id, node->admin_token()}).status, 200U);
  EXPECT_EQ(ended_job(*node, id).at("state"), "cancelled");
  EXPECT_LT(node->ledger_sequence().value(), 20'100);
  EXPECT_EQ(verified().find("whole: "), 0U);
  EXPECT_TRUE(fs::is_empty(data / "job-files"));
  const json::object done = ended_job(*node, submit(*node, import_body(dir)));
  EXPECT_EQ(done.at("state"), "succeeded");
  stop();
  EXPECT_EQ(verified().substr(0, whole_long_books.size()), whole_long_books);
}

TEST_F(imports, go_on_at_the_next_start_when_the_node_is_told_to_stop) {
  const fs::path dir = long_books();
  start();
  const std::string id = submit(*node, import_body(dir));
  ASSERT_TRUE(reach_the_middle(*node, id)) << "it was too fast";
  stop();
  start();
  EXPECT_EQ(ended_job(*node, id).at("state"), "succeeded");
  stop();
  EXPECT_EQ(verified().substr(0, whole_long_books.size()), whole_long_books);
}

TEST_F(imports, of_the_command_line_find_what_is_there) {
  const fs::path dir = books_folder();
  const ending first = run_program(import_command(dir));
  EXPECT_EQ(first.status, 0) << errors();
  EXPECT_NE(first.output.find("0 already present, 0 refused"), std::string::npos) << first.output;
  EXPECT_NE(errors().find("importing\n"), std::string::npos) << "a line of progress";
  const ending again = run_program(import_command(dir));
  EXPECT_EQ(again.status, 0) << errors();
  EXPECT_NE(again.output.find("transfers: 0 posted"), std::string::npos) << again.output;

  start();
  expect_closing_balances(*node, dir, "alice");
  const json::object same = ended_job(*node, submit(*node, import_body(dir)));
  EXPECT_EQ(same.at("result").at("transfers").at("posted"), 0) << "a job finds it as well";
  EXPECT_EQ(run_program(import_command(dir)).status, 1) << "the node has the folder";
  EXPECT_NE(errors().find("in use by another"), std::string::npos) << errors();
  stop();
}

TEST_F(imports, of_the_command_line_that_are_called_off_go_on) {
  const fs::path dir = long_books();
  child_process importing(import_command(dir));
  while (errors().find("importing") == std::string::npos) std::this_thread::yield();
  importing.send(SIGINT);
  const ending end = importing.wait();
  EXPECT_EQ(end.status, 4) << errors();
  EXPECT_NE(errors().find("run the same command again to continue the import"), std::string::npos);
  EXPECT_EQ(verified().find("whole: "), 0U);
  EXPECT_EQ(run_program(import_command(dir)).status, 0) << errors();
  EXPECT_EQ(verified().substr(0, whole_long_books.size()), whole_long_books);
}

TEST_F(imports, of_the_command_line_name_what_is_refused) {
  const fs::path dir = scratch / "books";
  fs::create_directory(dir);
  write_text(dir / "accounts.csv", "account,opened,statement\n7,2024-01-01,monthly\n");
  const std::string head =
      "id,account,date,direction,amount_minor,kind,counterparty_bank,counterparty_account\n";
  write_text(dir / "transactions.csv", head +
                                           "1,7,2024-01-02,debit,5000001,,,\n"
                                           "2,7,2024-01-02,credit,100,,,\n");
  const ending refused = run_program(import_command(dir));
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(errors().find("bank-node: refused: transactions.csv:2: 1: insufficient_funds: "),
            std::string::npos)
      << errors();
  EXPECT_NE(refused.output.find("transfers: 1 posted, 0 already present, 1 refused"),
            std::string::npos);
  write_text(dir / "transactions.csv", head + "1,7,2024-01-02,debit,x,,,\n");
  EXPECT_EQ(run_program(import_command(dir)).status, 1);
  EXPECT_NE(errors().find("transactions.csv:2: amount_minor: \"x\" is not an amount"),
            std::string::npos)
      << errors();
}

TEST_F(imports, of_files_that_are_wrong_move_nothing_and_say_why_in_the_same_words) {
  const fs::path dir = scratch / "books";
  fs::create_directory(dir);
  for (const char* name : {"accounts.csv", "closing_balances.csv"})
    fs::copy_file(books_folder() / name, dir / name);
  std::string rows = read_text(books_folder() / "transactions.csv");
  const auto account = rows.find(',', rows.find('\n'));
  const auto date = rows.find(',', account + 1) + 1;
  rows.replace(date, 10, "2024-02-30");
  write_text(dir / "transactions.csv", rows);
  const std::string words =
      "transactions.csv:2: date: \"2024-02-30\" is not a valid date: in 2024-02 the day must be 01 "
      "to 29";
  EXPECT_EQ(run_program(import_command(dir)).status, 1);
  EXPECT_NE(errors().find(words), std::string::npos) << errors();
  start();
  const auto before = node->ledger_sequence();
  const reply r = call(*node, {"POST", "/v1/jobs", node->admin_token(), import_body(dir)});
  EXPECT_EQ(r.status, 400U);
  EXPECT_EQ(r.text("detail"), words);
  EXPECT_EQ(node->ledger_sequence(), before);
  stop();
}

TEST_F(imports, of_the_command_line_need_a_folder_and_a_currency) {
  EXPECT_EQ(run_program(command({"import"})).status, 2);
  EXPECT_EQ(run_program(command({"import", "books"})).status, 2);
  EXPECT_EQ(run_program(command({"import", "books", "--currency", "crowns"})).status, 2);
  EXPECT_EQ(
      run_program(command({"import", "b", "--currency", "CZK", "--overdraft-limit", "-1"})).status,
      2);
  EXPECT_EQ(run_program(command({"import", "none", "--currency", "CZK"})).status, 1);
  EXPECT_FALSE(fs::exists(data)) << "nothing was begun";
  EXPECT_NE(run_program(command({"import", "--help"})).output.find("--overdraft-limit"),
            std::string::npos);
}

}  // namespace
}  // namespace bank::end_to_end
