#include "end_to_end/programs.hpp"

#include <stdlib.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace bank::end_to_end {

namespace {

namespace fs = std::filesystem;
namespace asio = boost::asio;

constexpr std::string_view greeting = "listening on http://127.0.0.1:";

child_process::command node_command(const fs::path& program, const std::vector<std::string>& more,
                                    const fs::path& data_dir, const fs::path& log,
                                    std::uint16_t port) {
  child_process::command c;
  c.program = program;
  c.arguments = {"--port", std::to_string(port), "--data-dir", data_dir.string()};
  c.arguments.insert(c.arguments.end(), more.begin(), more.end());
  c.errors = log;
  return c;
}

/// One GET over a connection of its own; the body, or nothing.
std::optional<std::string> get(std::uint16_t port, const std::string& target,
                               const std::string& token) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  boost::system::error_code error;
  socket.connect({asio::ip::address_v4::loopback(), port}, error);
  if (error) return std::nullopt;
  const std::string request = "GET " + target +
                              " HTTP/1.1\r\nHost: localhost\r\nConnection: close" +
                              "\r\nAuthorization: Bearer " + token + "\r\n\r\n";
  asio::write(socket, asio::buffer(request), error);
  std::string answer;
  asio::read(socket, asio::dynamic_buffer(answer), error);
  const std::size_t body = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 200 ") || body == std::string::npos) return std::nullopt;
  return answer.substr(body + 4);
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

scratch_folder::scratch_folder() {
  std::string path = (fs::temp_directory_path() / "end-to-end-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("no folder can be made: " + path);
  path_ = path;
}

scratch_folder::~scratch_folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_text(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

running_node::running_node(const fs::path& data_dir, const fs::path& log, std::uint16_t port)
    : running_node(BANK_NODE, {}, data_dir, log, port) {}

running_node::running_node(const fs::path& program, const std::vector<std::string>& more,
                           const fs::path& data_dir, const fs::path& log, std::uint16_t port)
    : process_(node_command(program, more, data_dir, log, port)), data_dir_(data_dir) {
  const auto line = process_.read_line();
  if (!line || !line->starts_with(greeting))
    throw std::runtime_error("the node does not serve: " + line.value_or("") + read_text(log));
  url_ = line->substr(line->find("http://"));
  port_ = static_cast<std::uint16_t>(std::stoi(line->substr(greeting.size())));
}

std::string running_node::admin_token() const {
  return first_line(read_text(data_dir_ / "admin.token"));
}

std::optional<std::int64_t> running_node::ledger_sequence() const {
  const auto body = get(port_, "/v1/admin/money", admin_token());
  if (!body) return std::nullopt;
  return boost::json::parse(*body).at("sequence").to_number<std::int64_t>();
}

failed_start start_in_vain(const std::vector<std::string>& arguments) {
  const scratch_folder scratch;
  child_process::command c;
  c.program = BANK_NODE;
  c.arguments = arguments;
  c.errors = scratch / "errors";
  child_process process(c);
  if (const auto line = process.read_line())
    throw std::runtime_error("the node should not have started, but says: " + *line);
  failed_start failed{process.wait(), {}};
  failed.words = read_text(c.errors);
  return failed;
}

child_process::command driver_command(const scratch_folder& scratch,
                                      const std::vector<std::string>& arguments) {
  child_process::command c;
  c.program = BANK_DRIVER;
  c.arguments = {"run"};
  c.arguments.insert(c.arguments.end(), arguments.begin(), arguments.end());
  c.arguments.insert(c.arguments.end(), {"--report", (scratch / "report").string()});
  c.errors = scratch / "driver.log";
  c.environment = {{"TMPDIR", scratch.path().string()}};
  return c;
}

driver_run finish(child_process& driver, const scratch_folder& scratch) {
  driver_run run;
  run.end = driver.wait();
  run.errors = read_text(scratch / "driver.log");
  const fs::path report = scratch.path() / "report" / "report.json";
  if (fs::exists(report)) run.report = boost::json::parse(read_text(report)).as_object();
  fs::remove(report);
  return run;
}

driver_run run_driver(const scratch_folder& scratch, const std::vector<std::string>& arguments) {
  child_process driver(driver_command(scratch, arguments));
  return finish(driver, scratch);
}

std::int64_t driver_run::number(std::string_view key) const {
  return report ? report->at(key).to_number<std::int64_t>() : -1;
}

}  // namespace bank::end_to_end
