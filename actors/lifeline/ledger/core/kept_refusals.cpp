#include "lifeline/ledger/core/kept_refusals.hpp"

#include <charconv>

namespace lifeline::ledger {

namespace {

std::optional<errc> parse_errc(std::string_view text) {
  for (int i = 0; i <= static_cast<int>(errc::internal); ++i) {
    const auto e = static_cast<errc>(i);
    if (to_string(e) == text) return e;
  }
  return std::nullopt;
}

/// Removes the text before the first `end` from `text` and returns it; empty if there is none.
std::optional<std::string_view> take_until(std::string_view& text, char end) {
  const auto at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const auto taken = text.substr(0, at);
  text.remove_prefix(at + 1);
  return taken;
}

std::optional<item_refusal> read_line(std::string_view line) {
  const auto place = take_until(line, ' ');
  const auto code = take_until(line, ' ');
  if (!place || !code) return std::nullopt;
  item_refusal r;
  const auto [end, wrong] = std::from_chars(place->data(), place->data() + place->size(), r.item);
  const auto known = parse_errc(*code);
  if (wrong != std::errc() || end != place->data() + place->size() || !known) return std::nullopt;
  r.why = {*known, outcome::none, std::string(line)};
  return r;
}

}  // namespace

std::string write_refusals(const std::vector<batch_item>& items) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].refused) continue;
    text += std::to_string(i) + ' ';
    text += to_string(items[i].refused->code);
    text += ' ' + items[i].refused->detail + '\n';
  }
  return text;
}

std::optional<std::vector<item_refusal>> read_refusals(std::string_view text) {
  std::vector<item_refusal> all;
  while (!text.empty()) {
    const auto line = take_until(text, '\n');
    auto refusal = line ? read_line(*line) : std::nullopt;
    if (!refusal) return std::nullopt;
    all.push_back(std::move(*refusal));
  }
  return all;
}

}  // namespace lifeline::ledger
