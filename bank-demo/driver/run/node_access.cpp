#include "driver/run/node_access.hpp"

#include <cstdlib>

#include "bank/books/csv.hpp"

namespace bank::driver {

task<maybe_problem> node_access::reach() {
  if (options_.target.empty()) {
    maybe_problem wrong = co_await start();
    co_return wrong;
  }
  const auto address = http_address::parse(options_.target);
  if (!address) co_return address.error();
  address_ = *address;
  token_ = options_.token;
  if (!options_.token_file.empty()) co_return read_token(options_.token_file);
  co_return std::nullopt;
}

task<maybe_problem> node_access::start() {
  auto folder = temporary_folder::make();
  if (!folder) co_return folder.error();
  folder_.emplace(std::move(*folder));
  node_process::command c;
  c.program = beside_this_program("bank-node");
  c.data_dir = folder_->path() / "data";
  c.log = folder_->path() / "node.log";
  c.config = settings_.config;
  if (settings_.on_postgres)
    if (auto wrong = add_store(c.more)) co_return wrong;
  process_ = std::make_unique<node_process>(io_, std::move(c));
  const auto address = co_await process_->start(0);
  if (!address) co_return address.error();
  address_ = *address;
  co_return read_token(folder_->path() / "data" / "admin.token");
}

maybe_problem node_access::add_store(std::vector<std::string>& arguments) {
  std::string url = !options_.postgres_url.empty() ? options_.postgres_url : settings_.postgres_url;
  if (const char* given = std::getenv("BANK_POSTGRES_URL"); url.empty() && given != nullptr)
    url = given;
  if (url.empty())
    return problem{
        "the scenario's node needs PostgreSQL: set --postgres-url, node.postgres_url or "
        "BANK_POSTGRES_URL"};
  if (with_proxy_) {
    auto target = target_of(url);
    if (!target)
      return problem{"the PostgreSQL connection URL \"" + url +
                     "\" has no address that the proxy can use; it must be like "
                     "postgresql://HOST:PORT/NAME"};
    proxy_.emplace(std::move(*target));
    url = through(url, proxy_->port());
  }
  arguments = {"--store", "postgres", "--postgres-url", url};
  return std::nullopt;
}

maybe_problem node_access::read_token(const std::filesystem::path& file) {
  auto text = books::read_file(file);
  if (!text) return problem{text.error().text()};
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  if (text->empty()) return problem{file.string() + " contains no token"};
  token_ = std::move(*text);
  return std::nullopt;
}

task<maybe_problem> node_access::stop() {
  if (!process_) co_return std::nullopt;
  if (proxy_) proxy_->pass();
  maybe_problem wrong = co_await process_->stop();
  co_return wrong;
}

std::string node_access::keep() {
  if (!folder_) return {};
  folder_->keep();
  return "\n  the node's data and log are kept in " + folder_->path().string();
}

}  // namespace bank::driver
