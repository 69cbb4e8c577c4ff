#include "bank/api/cache/account_reading.hpp"

#include <algorithm>
#include <charconv>

#include "bank/api/http/cursor.hpp"
#include "bank/api/routes/views.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

constexpr std::size_t uuid_length = 36;

/// Nodes of several releases share pages: raise the number when the text of a page changes.
constexpr std::string_view page_form = "page1 ";

/// Takes a number and the space after it off the text.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end == text.data() + text.size() || *end != ' ') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return n;
}

/// The line break is safe: owners contain no control characters.
std::string pack(std::string_view tag, const ledger::account_record& a, std::string_view body) {
  std::string packed(tag);
  packed.append("\n").append(std::to_string(a.version)).append(".");
  packed.append(std::to_string(a.made_by)).append("\n");
  packed += a.type == ledger::account_type::world ? 'w' : 'a';
  packed.append(a.owner).append("\n").append(body);
  return packed;
}

std::string page_body(const ledger::account_id& id, const ledger::page<ledger::history_row>& p) {
  std::optional<std::string> next;
  if (p.more && !p.rows.empty())
    next = make_cursor(history_scope(id), std::to_string(p.rows.back().transfer.sequence));
  std::string body;
  append_page(body, p.rows, &append_history_row, next);
  return body;
}

}  // namespace

std::string history_scope(const ledger::account_id& id) { return "history\n" + id.str(); }

std::string tag_of_version(std::uint64_t version) { return "\"" + std::to_string(version) + "\""; }

std::uint64_t version_of_tag(std::string_view tag) noexcept {
  std::uint64_t version = 0;
  std::from_chars(tag.data() + 1, tag.data() + tag.size(), version);
  return version;
}

std::string to_text(const reading_key& k, std::string_view version) {
  std::string text = k.account.str() + " ";
  if (k.is_page) {
    text.append(page_form).append(std::to_string(k.before)).append(" ");
    text.append(std::to_string(k.limit)).append(" ");
  }
  return text.append(version);
}

bool is_durable(std::string_view name) noexcept {
  return name.substr(std::min(name.size(), uuid_length + 1)).starts_with(page_form) &&
         !name.ends_with(".0");
}

std::optional<reading_key> parse_reading_key(std::string_view text) {
  const auto id = ledger::account_id::parse(text.substr(0, uuid_length));
  if (!id || text.size() <= uuid_length) return std::nullopt;
  reading_key k{*id, false, 0, 0};
  text.remove_prefix(uuid_length + 1);
  if (!text.starts_with(page_form)) return k;
  text.remove_prefix(page_form.size());
  const auto before = take_number(text);
  const auto limit = before ? take_number(text) : std::nullopt;
  if (!limit) return std::nullopt;
  return reading_key{*id, true, *before, static_cast<std::size_t>(*limit)};
}

ledger::result<std::optional<std::string>> load_reading(const lifeline::context& ctx,
                                                        ledger::ledger_reader& store,
                                                        const reading_key& k) {
  std::string body;
  if (k.is_page) {
    const auto rows = store.history(ctx, k.account, k.before, k.limit);
    if (!rows) return rows.error();
    body = page_body(k.account, *rows);
  }
  const auto account = store.find_account(ctx, k.account);
  if (!account) return account.error();
  if (!*account) return std::optional<std::string>();
  const ledger::account_record& a = **account;
  if (k.is_page)
    return std::optional(pack("\"" + ledger::uuid::derive({body}).str() + "\"", a, body));
  append_account(body, a);
  return std::optional(pack(tag_of_version(a.version), a, body));
}

reading unpack(std::string_view packed) {
  const auto take_line = [&packed] {
    const auto line = packed.substr(0, packed.find('\n'));
    packed.remove_prefix(std::min(packed.size(), line.size() + 1));
    return line;
  };
  const auto tag = take_line();
  const auto version = take_line();
  const auto owner = take_line();
  if (owner.empty()) return {};
  return {tag, version, owner.front() == 'w', owner.substr(1), packed};
}

}  // namespace bank::api
