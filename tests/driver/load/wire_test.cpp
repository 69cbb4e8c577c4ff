#include <gtest/gtest.h>

#include <cstring>

#include "driver/events/event_reader.hpp"
#include "driver/load/answer_reader.hpp"
#include "driver/load/outcome.hpp"
#include "driver/load/request_writer.hpp"

namespace bank::driver {
namespace {

void give(answer_reader& r, std::string_view bytes) {
  const auto room = r.more();
  ASSERT_GE(room.size, bytes.size());
  std::memcpy(room.at, bytes.data(), bytes.size());
  r.took(bytes.size());
}

constexpr std::string_view answer =
    "HTTP/1.1 503 Service Unavailable\r\nServer: x\r\nContent-LENGTH: 5\r\nRetry-After: 7\r\n"
    "Idempotency-Replayed: true\r\nConnection: close\r\n\r\nhello";

TEST(answer_reader, reads_an_answer_however_it_is_cut) {
  for (std::size_t cut = 1; cut < answer.size(); ++cut) {
    answer_reader r;
    give(r, answer.substr(0, cut));
    ASSERT_FALSE(r.take());
    give(r, answer.substr(cut));
    const auto a = r.take();
    ASSERT_TRUE(a) << cut;
    EXPECT_EQ(a->status, 503U);
    EXPECT_EQ(a->body, "hello");
    EXPECT_EQ(a->retry_after, std::chrono::seconds(7));
    EXPECT_TRUE(a->replayed);
    EXPECT_FALSE(a->keeps_alive);
  }
}

TEST(answer_reader, reads_one_answer_after_the_other) {
  answer_reader r;
  give(r, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(r.take()->body, "ab");
  r.next();
  EXPECT_EQ(r.take()->status, 204U);
  r.next();
  EXPECT_FALSE(r.take());
}

TEST(answer_reader, joins_chunks_however_they_are_cut) {
  constexpr std::string_view text =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n"
      "Trailer: t\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
  constexpr std::size_t whole = text.size() - 27;
  for (std::size_t cut = 1; cut < whole; ++cut) {
    answer_reader r;
    give(r, text.substr(0, cut));
    ASSERT_FALSE(r.take()) << cut;
    ASSERT_FALSE(r.is_malformed()) << cut;
    give(r, text.substr(cut));
    const auto a = r.take();
    ASSERT_TRUE(a) << cut;
    EXPECT_EQ(a->body, "abc0123456789");
    r.next();
    EXPECT_EQ(r.take()->status, 204U);
  }
}

TEST(answer_reader, refuses_what_is_no_answer_of_known_length) {
  for (const std::string_view text :
       {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
        "Content-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
        "Content-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"}) {
    answer_reader r;
    give(r, text);
    EXPECT_FALSE(r.take());
    EXPECT_TRUE(r.is_malformed()) << text;
  }
}

TEST(outcome, is_told_by_status_and_problem) {
  const struct {
    unsigned status;
    std::string_view body;
    outcome what;
    std::string_view code;
    bool is_error;
  } cases[] = {
      {201, "{}", outcome::done, "", false},
      {422, R"({"code":"insufficient_funds"})", outcome::nothing, "insufficient_funds", false},
      {409, R"({"code":"in_progress"})", outcome::unknown, "in_progress", false},
      {503, R"({"code":"overloaded","outcome":"none"})", outcome::nothing, "overloaded", true},
      {504, R"({"code":"deadline_exceeded","outcome":"unknown"})", outcome::unknown,
       "deadline_exceeded", true},
      {500, "oops", outcome::unknown, "status_500", true},
  };
  for (const auto& c : cases) {
    const judged j = judge_answer(c.status, c.body);
    EXPECT_EQ(j.what, c.what) << c.status;
    EXPECT_EQ(j.code, c.code);
    EXPECT_EQ(j.is_error, c.is_error) << c.status;
  }
}

TEST(outcome, of_silence_depends_on_whether_anything_was_sent) {
  EXPECT_EQ(judge_silence(false, false).what, outcome::nothing);
  EXPECT_EQ(judge_silence(true, false).what, outcome::unknown);
  EXPECT_EQ(judge_silence(true, true).code, "no_answer_in_time");
}

TEST(outcome, of_a_repeated_request_is_what_both_answers_tell_together) {
  const judged done{outcome::done, {}, false};
  const judged refused{outcome::nothing, "insufficient_funds", false};
  const judged not_sent{outcome::nothing, "no_connection", true};
  const judged lost{outcome::unknown, "connection_lost", true};
  const struct {
    judged first;
    judged second;
    outcome both;
  } cases[] = {
      {done, done, outcome::done},           {done, refused, outcome::done},
      {done, not_sent, outcome::done},       {done, lost, outcome::done},
      {refused, done, outcome::done},        {refused, refused, outcome::nothing},
      {refused, not_sent, outcome::nothing}, {refused, lost, outcome::unknown},
      {lost, done, outcome::done},           {lost, refused, outcome::nothing},
      {lost, not_sent, outcome::unknown},    {lost, lost, outcome::unknown},
      {not_sent, lost, outcome::unknown},    {not_sent, not_sent, outcome::nothing},
  };
  for (const auto& c : cases)
    EXPECT_EQ(judge_repeated(c.first, c.second).what, c.both)
        << c.first.code << ", " << c.second.code;
}

TEST(outcome, of_a_batch_is_one_for_each_item) {
  const auto all = judge_batch(
      R"({"data":[{"status":201,"transfer":{}},{"status":422,"code":"same_account"},
                  {"status":503,"code":"overloaded","outcome":"unknown"}]})");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].what, outcome::done);
  EXPECT_EQ(all[1].what, outcome::nothing);
  EXPECT_EQ(all[2].what, outcome::unknown);
  EXPECT_TRUE(judge_batch("{}").empty());
}

TEST(request_writer, says_the_length_of_what_it_writes) {
  draws from(1, 1, 1);
  asio::io_context io;
  const auto node = http_client::make(io, {"127.0.0.1", 1}, "t");
  const request_writer write(*node, "USD", {from.id(), from.id()});
  const planned_transfer t{from.id(), 0, 1, 42};
  std::string out;
  write.transfer(t, true, out);
  const std::size_t body = out.find("\r\n\r\n") + 4;
  const std::size_t field = out.find("Content-Length:");
  EXPECT_EQ(std::stoul(out.substr(field + 15)), out.size() - body);
  EXPECT_EQ(out.substr(body), R"({"id":")" + t.id.str() + R"(","from":")" + write.account(0) +
                                  R"(","to":")" + write.account(1) +
                                  R"(","amount":42,"currency":"USD","pending":true})");
  write.deposits({t, t}, out);
  EXPECT_NE(out.find(R"("from":"world")"), std::string::npos);
}

TEST(event_reader, reads_events_however_the_stream_is_cut) {
  const std::string stream =
      "HTTP/1.1 200 OK\r\n\r\n: hello\n\nid: 7\nevent: transfer.posted\ndata: {\"a\":1}\n\n"
      "event: gap\ndata: {\"missed\":3}\n\n";
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    event_reader r;
    std::vector<std::string> seen;
    bool is_open = false;
    for (const auto& part : {stream.substr(0, cut), stream.substr(cut)}) {
      r.took(part);
      if (!is_open) is_open = r.head().value_or(false);
      if (!is_open) continue;
      while (const auto e = r.next())
        seen.push_back(std::to_string(e->sequence.value_or(0)) + std::string(e->type) +
                       std::string(e->data));
    }
    ASSERT_EQ(seen.size(), 2U) << cut;
    EXPECT_EQ(seen[0], "7transfer.posted{\"a\":1}");
    EXPECT_EQ(seen[1], "0gap{\"missed\":3}");
  }
}

}  // namespace
}  // namespace bank::driver
