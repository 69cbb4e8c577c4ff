#pragma once

#include "api/server_fixture.hpp"
#include "bank/api/events/node_events.hpp"
#include "lifeline/bus/event_bus.hpp"

namespace bank::api::testing {

/// An event as a client sees it.
struct heard_event {
  std::string id;
  std::string type;
  std::string data;

  boost::json::object json() const { return boost::json::parse(data).as_object(); }
};

/// A server with a bus, on which the ledger publishes.
class events_fixture : public server_fixture {
 protected:
  explicit events_fixture(lifeline::clock& time = lifeline::process_clock())
      : server_fixture(time) {
    options_.event_pace = std::chrono::milliseconds(1);
    listen_in(1'000);
  }
  ~events_fixture() override {
    client_.reset();
    server_.reset();
    books_.reset();
  }

  /// Gives the ledger a bus with this replay window.
  void listen_in(std::size_t window) {
    books_.reset();
    bus_ = std::make_unique<lifeline::event_bus>(rt_.system());
    lifeline::ledger::ledger_options o;
    o.processors = 3;
    o.directory_shards = 4;
    o.events = bus_->topic(ledger_topic, {.window = window});
    o.events_again = window;
    auto made = lifeline::ledger::ledger::start(rt_, store_, o, [](const std::string&) {});
    ASSERT_TRUE(made);
    books_ = std::move(*made);
  }

  /// A client with an event stream; it has subscribed when this returns.
  http_client follow(const std::string& token, const std::string& query = {},
                     const std::string& fields = {}) {
    http_client c = connect();
    c.send(ask_for{"GET", "/v1/events" + query, token, {}, fields}.text());
    const reply head = c.read();
    EXPECT_EQ(head.status, 200U) << head.body;
    EXPECT_EQ(head.field("content-type"), "text/event-stream");
    EXPECT_EQ(head.field("content-length"), "");
    const std::string beginning = c.until("\n\n");
    EXPECT_TRUE(beginning.starts_with("retry: 1000\nid: ")) << beginning;
    from_ = beginning.substr(beginning.find("id: ") + 4);
    return c;
  }
  /// The next event; comments are skipped.
  static heard_event next(http_client& c) {
    std::string text = c.until("\n\n");
    while (text.starts_with(":")) text = c.until("\n\n");
    heard_event e;
    for (auto* part : {&e.id, &e.type, &e.data}) {
      const std::string name = part == &e.id ? "id: " : part == &e.type ? "event: " : "data: ";
      if (!text.starts_with(name)) continue;
      *part = text.substr(name.size(), text.find('\n') - name.size());
      text.erase(0, std::min(text.find('\n'), text.size() - 1) + 1);
    }
    return e;
  }

  std::string from_;  ///< the id at the start of the last stream

  void wait_for_subscribers(std::size_t n) {
    while (bus_->subscribers() != n) std::this_thread::yield();
  }
};

}  // namespace bank::api::testing
