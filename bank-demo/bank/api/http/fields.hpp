#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bank/api/http/problem.hpp"
#include "bank/json/document.hpp"
#include "bank/json/shape.hpp"
#include "lifeline/ledger/values/money.hpp"
#include "lifeline/ledger/values/uuid.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::api {

/// Reads a body, which must be one JSON object. The text must outlive the document.
result<json::document> parse_object(std::string_view text);

// Fields, for the table of a body.
extern const json::text_format uuid_format;
/// RFC 3339, with any offset.
extern const json::text_format time_format;
extern const json::text_format currency_format;
/// An object of strings.
json::shape metadata_shape();

/// Checks a body against its table, then gives its fields and remembers the first invalid one.
/// After an invalid one the values are placeholders: check `failed` before using any.
class fields {
 public:
  fields(const json::value& body, const json::shape& table);

  // A null member counts as absent.
  std::optional<std::string> text(std::string_view name) const;
  std::optional<std::int64_t> integer(std::string_view name) const;
  std::optional<bool> boolean(std::string_view name) const;
  std::optional<lifeline::ledger::uuid> id(std::string_view name) const;
  std::optional<lifeline::wall_time> time(std::string_view name) const;
  lifeline::ledger::currency currency(std::string_view name) const;
  /// As canonical JSON; "{}" if absent.
  std::string metadata(std::string_view name) const;

  /// For what a table does not tell.
  void fail(std::string_view name, std::string detail);
  bool failed() const noexcept { return first_.has_value(); }
  problem first_problem() { return std::move(*first_); }

 private:
  const json::value& at(std::string_view name) const { return body_[name]; }

  const json::value& body_;
  std::optional<problem> first_;
};

}  // namespace bank::api
