#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bank::driver {

/// The outcome of a write, as far as its answer says.
enum class outcome : std::uint8_t {
  done,     ///< it happened
  nothing,  ///< nothing happened, and nothing will
  unknown,  ///< to be looked up, or repeated with the same id
};

struct judged {
  outcome what = outcome::unknown;
  std::string code;       ///< the problem's code; empty if done
  bool is_error = false;  ///< a failure, not a refusal: no answer, or a 5xx
};

/// The outcome of an answer to a write. Without a problem document or an `outcome` it is unknown,
/// unless the status decides.
judged judge_answer(unsigned status, std::string_view body);
/// The outcome without an answer. `was_sent`: the request may have arrived.
judged judge_silence(bool was_sent, bool timed_out);

/// Does this answer mean that the same request may succeed later? `code` is that of a problem.
bool is_worth_repeating(unsigned status, std::string_view code) noexcept;

/// The outcome of a request that was sent twice with one id. A known first outcome counts. If the
/// first is unknown, the node's answer to the second decides: the node looks the id up before it
/// refuses.
judged judge_repeated(const judged& first, judged second);

/// The outcomes of a batch's items, in order; empty if the answer breaks the API.
std::vector<judged> judge_batch(std::string_view body);

}  // namespace bank::driver
