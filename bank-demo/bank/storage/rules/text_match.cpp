#include "bank/storage/rules/text_match.hpp"

#include <algorithm>

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

constexpr std::size_t id_digits = 32;

char lowered(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_hex(char c) noexcept { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

bool holds_text(std::string_view text, std::string_view part) noexcept {
  const auto same = [](char a, char b) { return lowered(a) == lowered(b); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end() ||
         part.empty();
}

std::optional<std::string> id_prefix(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c == '-') continue;
    digits += lowered(c);
    if (!is_hex(digits.back())) return std::nullopt;
  }
  if (digits.empty() || digits.size() > id_digits) return std::nullopt;
  return digits;
}

bool begins_with(const uuid& id, std::string_view digits) {
  std::string text = id.str();
  std::erase(text, '-');
  return text.starts_with(digits);
}

bool matches(const account_record& a, std::string_view text) {
  const auto digits = id_prefix(text);
  return holds_text(a.owner, text) || (a.ref && holds_text(*a.ref, text)) ||
         (digits && begins_with(a.id, *digits));
}

bool matches(const transfer_record& t, std::string_view text) {
  const auto digits = id_prefix(text);
  return holds_text(t.kind, text) || (t.memo && holds_text(*t.memo, text)) ||
         (digits && begins_with(t.id, *digits));
}

std::string like_pattern(std::string_view text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

}  // namespace bank::storage
