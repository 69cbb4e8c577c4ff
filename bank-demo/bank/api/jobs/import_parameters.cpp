#include "bank/api/jobs/import_parameters.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <utility>

#include "bank/api/json/canonical.hpp"
#include "bank/api/json/fields.hpp"

namespace bank::api {

namespace json = boost::json;
using lifeline::ledger::max_minor;
using lifeline::ledger::uuid;

namespace {

constexpr text_rule owner_rule{128, false, false};

std::string_view view(const json::string& s) { return {s.data(), s.size()}; }
std::string field_of(std::string_view file) { return "files." + std::string(file); }

/// Accepts any text: the reader of the books checks it.
std::optional<std::string> file_of(fields& in, const json::object& files, std::string_view name) {
  const json::value* v = files.if_contains(name);
  if (v == nullptr || v->is_null()) return std::nullopt;
  if (!v->is_string()) {
    in.fail(field_of(name), "must be a string, the text of the file");
    return std::nullopt;
  }
  return std::string(view(v->get_string()));
}

std::string required_file(fields& in, const json::object& files, std::string_view name) {
  auto text = file_of(in, files, name);
  if (!text) in.fail(field_of(name), "must be given: the text of the file");
  return text.value_or(std::string());
}

books::book_files read_files(fields& in, const json::object& files) {
  constexpr std::array known{books::accounts_file, books::bookings_file, books::closing_file};
  for (const auto& member : files) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::find(known.begin(), known.end(), name) == known.end())
      in.fail(field_of(name),
              "unknown file; allowed: accounts.csv, transactions.csv and, optionally, "
              "closing_balances.csv");
  }
  books::book_files read;
  read.accounts = required_file(in, files, books::accounts_file);
  read.bookings = required_file(in, files, books::bookings_file);
  read.closing = file_of(in, files, books::closing_file);
  return read;
}

json::object summary_of(const std::string& text) {
  return {{"bytes", text.size()}, {"digest", uuid::derive({"file", text}).str()}};
}

}  // namespace

result<import_parameters> read_import_parameters(const json::object& given) {
  fields in(given, {"files", "currency", "overdraft_limit", "owner"});
  import_parameters p;
  p.unit = in.currency("currency");
  p.overdraft_limit = in.integer("overdraft_limit", 0, max_minor).value_or(0);
  p.owner = in.text("owner", owner_rule).value_or(std::string());
  const json::value* files = given.if_contains("files");
  if (files == nullptr || !files->is_object()) {
    in.fail("files", "must be given: an object with each file's text under its name");
  } else {
    p.files = read_files(in, files->get_object());
  }
  if (in.failed()) return in.first_problem();
  return p;
}

result<books::recorded_books> read_imported_books(const import_parameters& p) {
  auto read = books::parse_books(p.files);
  if (!read) return invalid(field_of(read.error().file), read.error().text());
  return std::move(*read);
}

uuid import_digest(const import_parameters& p) {
  return uuid::derive({"import", p.files.accounts, p.files.bookings, p.unit.code(),
                       std::to_string(p.overdraft_limit), p.owner});
}

std::string import_text(const import_parameters& p) {
  json::object files{{books::accounts_file, p.files.accounts},
                     {books::bookings_file, p.files.bookings}};
  if (p.files.closing) files[books::closing_file] = *p.files.closing;
  json::object all{{"currency", p.unit.code()},
                   {"files", std::move(files)},
                   {"overdraft_limit", p.overdraft_limit}};
  if (!p.owner.empty()) all["owner"] = p.owner;
  return json::serialize(all);
}

std::string import_summary(const import_parameters& p) {
  json::object files{{books::accounts_file, summary_of(p.files.accounts)},
                     {books::bookings_file, summary_of(p.files.bookings)}};
  if (p.files.closing) files[books::closing_file] = summary_of(*p.files.closing);
  json::object all{{"currency", p.unit.code()},
                   {"files", std::move(files)},
                   {"import", import_digest(p).str()},
                   {"overdraft_limit", p.overdraft_limit}};
  if (!p.owner.empty()) all["owner"] = p.owner;
  std::string text;
  append_canonical(text, all);
  return text;
}

}  // namespace bank::api
