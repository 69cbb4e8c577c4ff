#include "bank/api/server/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "bank/api/http/head_parser.hpp"
#include "bank/api/http/request_values.hpp"
#include "bank/api/http/reused_text.hpp"
#include "bank/api/limits/rate_guard.hpp"
#include "bank/api/observe/request_watch.hpp"
#include "bank/api/server/io_worker.hpp"
#include "bank/api/server/request_log.hpp"
#include "bank/api/server/stream.hpp"

namespace bank::api {

namespace asio = boost::asio;

namespace {

constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";
/// Pipelined answers are written together, up to this size.
constexpr std::size_t most_unwritten = 64 * 1024;
constexpr std::size_t longest_request_id = 128;
/// An answer of an anonymous request counts as one more request for each of these.
constexpr std::size_t answer_unit = 4 * 1024;

problem unreadable(head_scanner::verdict v, const http_options& limits) {
  switch (v) {
    case head_scanner::verdict::target_too_long:
      return {code::target_too_long,
              "the request target is longer than " + std::to_string(limits.target_limit) + " bytes",
              {},
              {},
              {}};
    case head_scanner::verdict::head_too_large:
      return {
          code::headers_too_large,
          "the request's headers are larger than " + std::to_string(limits.header_limit) + " bytes",
          {},
          {},
          {}};
    case head_scanner::verdict::malformed:
    case head_scanner::verdict::incomplete:
    case head_scanner::verdict::complete: break;
  }
  return invalid("", "the request is malformed: a line is not HTTP/1.1");
}

problem too_slow(std::string_view what, std::chrono::milliseconds limit) {
  return {code::request_timeout,
          std::string(what) + " did not arrive within " + std::to_string(limit.count()) + " ms",
          {},
          {},
          {}};
}

problem body_too_large(std::size_t limit) {
  return {code::body_too_large,
          "the body is larger than " + std::to_string(limit) + " bytes",
          {},
          {},
          {}};
}

problem out_of_memory(std::string_view what) {
  return {code::overloaded,
          "the memory for " + std::string(what) + " is used up; retry in 1 s",
          {},
          lifeline::ledger::outcome::none,
          {}};
}

std::string address_of(const asio::ip::tcp::socket& socket) {
  boost::system::error_code gone;
  const auto client = socket.remote_endpoint(gone);
  return gone ? std::string() : caller_address(client.address());
}

}  // namespace

connection::connection(io_worker& worker, asio::ip::tcp::socket socket)
    : worker_(worker),
      socket_(std::move(socket)),
      address_(address_of(socket_)),
      of_its_address_(worker.server().clients.begin(address_)),
      received_(worker.server().buffers.of(address_)) {
  worker_.joined(*this);
}

connection::~connection() {
  say_goodbye();
  client_counts& clients = worker_.server().clients;
  clients.end(address_);
  if (!caller_.empty()) clients.end(caller_);
  worker_.left(*this);
}

void connection::start(bool admitted) {
  in_reserve_ = !admitted;
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  counted_ = !worker_.server().stopping.load(std::memory_order_relaxed);
  if (counted_) worker_.server().talking.begin();
  asio::co_spawn(worker_.io(), run(shared_from_this()), asio::detached);
}

asio::awaitable<void> connection::run(std::shared_ptr<connection> self) {
  self->pump();
  bool goes_on = true;
  while (goes_on) {
    const bool another = co_await self->serve_one();
    goes_on = another;
    if (goes_on) co_await self->give_way();
  }
  co_await self->flush();
  co_await self->linger();
  self->close();
}

asio::awaitable<bool> connection::serve_one() {
  request_.clear();
  answer_.clear();
  if (unparsed().empty() && unparsed_.capacity() > most_kept) unparsed_.shrink_to_fit();
  forget_received();
  request_id_.clear();
  trace_ = {};
  admitted_ = false;
  // One variable each: GCC 12 miscompiles a coroutine that awaits within a condition.
  const bool has_head = co_await read_head();
  if (!has_head) co_return false;
  const bool has_turn = co_await await_turn();
  if (!has_turn) co_return false;
  const bool may_come = co_await admit_body();
  if (!may_come) co_return false;
  const bool has_body = co_await read_body();
  if (!has_body) co_return false;
  const bool goes_on = co_await serve_request();
  co_return goes_on;
}

asio::awaitable<bool> connection::read_head() {
  const http_options& options = worker_.server().options;
  head_scanner scanner({options.header_limit, options.target_limit});
  const std::atomic<bool>& stops = worker_.server().stopping;
  const auto idle_time = [&]() -> lifeline::duration {
    const bool waited_for = counted_ && stops.load(std::memory_order_relaxed);
    return waited_for ? quiet_time : options.idle_timeout;
  };
  enter(phase::idle, idle_time());
  auto verdict = scanner.scan(unparsed());
  while (verdict == head_scanner::verdict::incomplete) {
    // Read before the flush: more may arrive during it.
    const std::size_t seen = unparsed().size();
    if (!try_flush()) co_await flush();
    if (!may_receive(seen)) co_return refuse(out_of_memory("incomplete requests of your address"));
    const bool nothing = seen == 0;
    if (phase_ != phase::head)
      enter(nothing ? phase::idle : phase::head, nothing ? idle_time() : options.header_timeout);
    const arrival a = co_await more(seen);
    if (a == arrival::too_late && phase_ == phase::head)
      co_return refuse(too_slow("the request's head", options.header_timeout));
    if (a != arrival::bytes) co_return false;
    verdict = scanner.scan(unparsed());
  }
  if (verdict != head_scanner::verdict::complete) co_return refuse(unreadable(verdict, options));

  head_error why;
  const std::string_view head =
      unparsed().substr(scanner.skipped(), scanner.size() - scanner.skipped());
  const bool good = parse_head(head, request_, why);
  unparsed_.consume(scanner.size());
  take_request_id();
  if (!good) co_return refuse({why.code, std::string(why.detail), std::string(why.field), {}, {}});
  if (request_.target.size() > options.target_limit)
    co_return refuse(unreadable(head_scanner::verdict::target_too_long, options));
  co_return true;
}

/// Whether the head allows a body longer than the usual limit.
bool connection::may_exceed_body_limit() const {
  return request_.chunked || request_.content_length > worker_.server().options.body_limit;
}

/// Sets the body's limit, and answers at once if the head is enough. So a client that waits for 100
/// Continue gets the final status at once (RFC 9110, 10.1.1). And a large body is read only for
/// callers who may send one.
asio::awaitable<bool> connection::admit_body() {
  server_state& server = worker_.server();
  body_limit_ = server.options.body_limit;
  const auto match = find_route(all_routes(), request_.method, request_.path);
  const role_set bulk_roles = match.found != nullptr ? match.found->bulk_roles : anyone;
  const bool is_bulk = bulk_roles != 0 && may_exceed_body_limit();
  // If it is too long, `read_body` refuses it at once.
  const bool is_waited_for = (request_.expects_continue || request_.expects_other) &&
                             request_.has_content() && request_.content_length <= body_limit_;
  if (!is_bulk && !is_waited_for) co_return true;
  if (!server.begin_request()) co_return refuse(shutting_down());

  const lifeline::time_point began = server.what.rt.time().now();
  enter(phase::handling, lifeline::duration::max());
  request_context x{server, worker_.port(), request_, life_, memo_, answer_, request_id_, match.id};
  x.address = &address_;
  auto refused = co_await check_head(x, match);
  if (!refused && is_bulk && (bulk_roles & only(x.who().role)) != 0) {
    body_limit_ = server.options.bulk_body_limit;
    bulk_caller_ = x.who().name;
    if (!request_.chunked) refused = reserve_bulk_memory(request_.content_length);
  }
  life_.end();
  if (refused) {
    answer_problem(x, *refused);
    write_answer(false);
    log_answer(began, x.caller.get(), match.found);
  } else {
    admitted_ = true;
  }
  server.running.end();
  pump();
  co_return !refused && !broken_;
}

/// For a body above the usual limit.
std::optional<problem> connection::reserve_bulk_memory(std::uint64_t bytes) {
  if (bytes > body_limit_) return body_too_large(body_limit_);
  bulk_ = worker_.server().large_bodies.of(bulk_caller_);
  if (!bulk_.resize(bytes)) return out_of_memory("large bodies");
  request_.body.reserve(bytes);  // growing step by step takes up to twice as much
  return std::nullopt;
}

/// The body is not needed any more, however slowly the client reads the answer.
void connection::drop_body() {
  clear_for_the_next(request_.body);
  (void)bulk_.resize(0);
}

body_decoder connection::decoder_for_request() const {
  return request_.chunked ? body_decoder::chunked(body_limit_)
                          : body_decoder::of_length(request_.content_length, body_limit_);
}

asio::awaitable<bool> connection::read_body() {
  if (!request_.chunked && request_.content_length == 0) co_return true;
  const http_options& options = worker_.server().options;
  body_decoder decoder = decoder_for_request();
  enter(phase::body, options.body_timeout);
  for (bool first = true;; first = false) {
    std::size_t used = 0;
    const auto verdict = decoder.feed(unparsed(), request_.body, used);
    unparsed_.consume(used);
    // The size of a chunked body is known only now.
    if (request_.body.size() > options.body_limit && bulk_.bytes() == 0)
      if (const auto full = reserve_bulk_memory(body_limit_)) co_return refuse(*full);
    if (bulk_.bytes() == 0 && !may_receive(request_.body.size() + unparsed_.size()))
      co_return refuse(out_of_memory("incomplete requests of your address"));
    if (verdict == body_decoder::verdict::complete) co_return true;
    if (verdict == body_decoder::verdict::too_large) co_return refuse(body_too_large(body_limit_));
    if (verdict == body_decoder::verdict::malformed)
      co_return refuse(invalid("", "the chunked body is malformed"));
    const std::size_t seen = unparsed().size();
    if (first && request_.expects_continue) out_ += continue_line;
    if (!try_flush()) {
      co_await flush();
      enter(phase::body, options.body_timeout);
    }
    const arrival a = co_await more(seen);
    if (a == arrival::too_late)
      co_return refuse(too_slow("the request's body", options.body_timeout));
    if (a == arrival::ended) co_return false;
  }
}

asio::awaitable<bool> connection::serve_request() {
  server_state& server = worker_.server();
  const auto match = find_route(all_routes(), request_.method, request_.path);
  // Earlier answers must not wait for this handler.
  if (match.found != nullptr && match.found->run != nullptr && !try_flush()) co_await flush();

  const lifeline::time_point began = server.what.rt.time().now();
  const bool counted = server.begin_request();
  enter(phase::handling, lifeline::duration::max());
  request_context x{server, worker_.port(), request_, life_, memo_, answer_, request_id_, match.id};
  x.address = &address_;
  x.admitted = admitted_;
  x.stopping = !counted;
  x.in_reserve = in_reserve_;
  lifeline::trace_state standing{};
  begin_trace(x, standing);
  co_await answer_request(x, match);
  life_.end();
  drop_body();
  count_caller(x);
  const std::size_t streamed = answer_.then ? answer_.then->memory() : 0;
  if (!may_send(answer_.body.size() + out_.size() - written_ + streamed)) {
    answer_.clear();
    problem p = out_of_memory("answers that you have not read");
    p.outcome = lifeline::ledger::outcome::unknown;
    answer_problem(x, p);
  }
  if (anonymous_) worker_.anonymous().charge(address_, answer_.body.size() / answer_unit);

  // While the node stops, requests already sent still get their answers.
  const bool stops = server.stopping.load(std::memory_order_relaxed);
  const bool streams = answer_.then != nullptr;
  const bool keep = request_.keep_alive && !streams && !(stops && unparsed().empty()) &&
                    !in_reserve_ && !too_many_of_caller_;
  if (!broken_) write_answer(keep);
  log_answer(began, x.caller.get(), match.found);
  if (streams) co_await stream_out();
  if (unparsed().empty() || out_.size() > most_unwritten || !keep) {
    if (!try_flush()) co_await flush();
  }
  if (counted) server.running.end();
  pump();
  co_return keep && !broken_;
}

/// Answers an invalid request and returns false. The connection then ends, because the start of the
/// next request is unknown.
bool connection::refuse(const problem& p) {
  take_request_id();
  drop_body();
  const bool told_outcome = p.outcome.has_value();
  answer_.clear();
  answer_.status = status_of(p.code);
  answer_.content_type = "application/problem+json";
  if (answer_.status == 503 || answer_.status == 429) answer_.add_field("Retry-After", "1");
  append_problem(answer_.body, p, request_.path, request_id_,
                 told_outcome || is_write(request_.method));
  trace_ = {};
  answer_.problem = to_string(p.code);
  write_answer(false);
  log_answer(worker_.server().what.rt.time().now(), nullptr, nullptr);
  return false;
}

bool connection::take_request_id() {
  if (!request_id_.empty()) return false;
  if (request_.request_id && is_printable(*request_.request_id, longest_request_id)) {
    request_id_ = *request_.request_id;
  } else {
    request_id_ = lifeline::ledger::uuid::make_v7(worker_.server().what.rt.time().wall_now()).str();
  }
  return true;
}

void connection::write_answer(bool keep_alive) {
  append_answer(
      out_, answer_,
      {request_id_, worker_.date(), request_.http11, keep_alive, request_.method == method::head});
}

/// Work of the request is part of its trace, if that is sampled; `standing` lives as long as `x`.
void connection::begin_trace(request_context& x, lifeline::trace_state& standing) {
  const request_watch* watch = worker_.server().what.watch;
  trace_ = watch != nullptr ? watch->begin(request_) : lifeline::trace_parent{};
  x.traced_as = &trace_;
  if (trace_.trace != lifeline::trace_id{})
    answer_.add_field("traceparent", to_traceparent(trace_));
  if (!trace_.sampled) return;
  standing = {watch->traces(), trace_};
  x.trace = &standing;
}

void connection::log_answer(lifeline::time_point began, const identity* caller, const route* at) {
  const answered_request r{request_,
                           request_id_,
                           trace_,
                           at,
                           caller,
                           answer_.status,
                           answer_.problem,
                           answer_.detail,
                           ended_,
                           began,
                           worker_.server().what.rt.time().now()};
  if (request_watch* watch = worker_.server().what.watch) {
    watch->answered(r);
  } else if (wants_log(r, false)) {
    log_request(r, false);
  }
}

}  // namespace bank::api
