#include "bank/api/http/answer.hpp"

#include <gtest/gtest.h>

namespace bank::api {
namespace {

answer created() {
  answer a;
  a.status = 201;
  a.body = "{}";
  a.etag = "\"7\"";
  a.add_field("Location", "/x");
  return a;
}

TEST(answer, is_written_with_its_length_and_request_id) {
  std::string out;
  append_answer(out, created(), {"req", "Thu, 20 Nov 2025 10:00:00 GMT", true, true, false});
  EXPECT_EQ(out,
            "HTTP/1.1 201 Created\r\nDate: Thu, 20 Nov 2025 10:00:00 GMT\r\nX-Request-ID: req\r\n"
            "Cache-Control: no-store\r\nETag: \"7\"\r\nLocation: /x\r\nContent-Type: "
            "application/json\r\nContent-Length: 2\r\n\r\n{}");
}

TEST(answer, says_when_the_connection_ends) {
  std::string out;
  append_answer(out, created(), {"req", "d", true, false, false});
  EXPECT_NE(out.find("Connection: close\r\n"), std::string::npos);
  out.clear();
  append_answer(out, created(), {"req", "d", false, true, false});
  EXPECT_NE(out.find("Connection: keep-alive\r\n"), std::string::npos);
}

TEST(answer, leaves_the_body_out_where_it_must) {
  std::string out;
  append_answer(out, created(), {"req", "d", true, true, true});
  EXPECT_TRUE(out.ends_with("Content-Length: 2\r\n\r\n"));
  for (const unsigned status : {204U, 304U}) {
    answer bodiless;
    bodiless.status = status;
    out.clear();
    append_answer(out, bodiless, {"req", "d", true, true, false});
    EXPECT_EQ(out.find("Content-"), std::string::npos) << status;
  }
}

}  // namespace
}  // namespace bank::api
