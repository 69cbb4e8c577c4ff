#include "bank/api/jobs/import_parameters.hpp"

#include <utility>

#include "bank/api/http/fields.hpp"
#include "bank/json/object_writer.hpp"

namespace bank::api {

using lifeline::ledger::max_minor;
using lifeline::ledger::uuid;

namespace {

/// Any text is accepted: the reader of the books checks it.
const json::shape& import_table() {
  using json::shape;
  const shape file = shape::any_text("the text of the file", 0);
  static const shape files =
      shape::object_of({{std::string(books::accounts_file), file},
                        {std::string(books::bookings_file), file},
                        {std::string(books::closing_file), file}},
                       "an object with each file's text under its name")
          .requiring({std::string(books::accounts_file), std::string(books::bookings_file)});
  static const shape t = shape::object_of({{"files", files},
                                           {"currency", shape::text_like(currency_format)},
                                           {"overdraft_limit", shape::whole(0, max_minor)},
                                           {"owner", shape::text_by({128, false, false})}})
                             .requiring({"files", "currency"});
  return t;
}

books::book_files read_files(const json::value& files) {
  books::book_files read;
  read.accounts = files[books::accounts_file].as_text().value_or("");
  read.bookings = files[books::bookings_file].as_text().value_or("");
  if (const auto text = files[books::closing_file].as_text()) read.closing = *text;
  return read;
}

void append_summary(json::object_writer& to, std::string_view name, const std::string& text) {
  to.object(name, [&](json::object_writer& of) {
    of.number("bytes", text.size());
    of.text("digest", uuid::derive({"file", text}).str());
  });
}

/// Members are in the order of canonical JSON.
template <class AppendFile>
void append_files(json::object_writer& to, const import_parameters& p, AppendFile append) {
  to.text("currency", p.unit.code());
  to.object("files", [&](json::object_writer& files) {
    append(files, books::accounts_file, p.files.accounts);
    if (p.files.closing) append(files, books::closing_file, *p.files.closing);
    append(files, books::bookings_file, p.files.bookings);
  });
}

void append_rest(json::object_writer& to, const import_parameters& p) {
  to.number("overdraft_limit", p.overdraft_limit);
  if (!p.owner.empty()) to.text("owner", p.owner);
}

}  // namespace

result<import_parameters> read_import_parameters(const json::value& given) {
  fields in(given, import_table());
  import_parameters p;
  p.unit = in.currency("currency");
  p.overdraft_limit = in.integer("overdraft_limit").value_or(0);
  p.owner = in.text("owner").value_or(std::string());
  if (in.failed()) return in.first_problem();
  p.files = read_files(given["files"]);
  return p;
}

result<books::recorded_books> read_imported_books(const import_parameters& p) {
  auto read = books::parse_books(p.files);
  if (!read) return invalid("files." + std::string(read.error().file), read.error().text());
  return std::move(*read);
}

uuid import_digest(const import_parameters& p) {
  return uuid::derive({"import", p.files.accounts, p.files.bookings, p.unit.code(),
                       std::to_string(p.overdraft_limit), p.owner});
}

std::string import_text(const import_parameters& p) {
  std::string out;
  {
    json::object_writer all(out);
    append_files(all, p,
                 [](json::object_writer& to, std::string_view name, const std::string& text) {
                   to.text(name, text);
                 });
    append_rest(all, p);
  }
  return out;
}

std::string import_summary(const import_parameters& p) {
  std::string out;
  {
    json::object_writer all(out);
    append_files(all, p, append_summary);
    all.text("import", import_digest(p).str());
    append_rest(all, p);
  }
  return out;
}

}  // namespace bank::api
