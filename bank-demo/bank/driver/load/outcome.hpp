#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bank::driver {

/// What became of a write, as far as its answer tells.
enum class outcome : std::uint8_t {
  done,     ///< it happened
  nothing,  ///< nothing happened, and nothing will
  unknown,  ///< one has to ask, or repeat it under the same id
};

struct judged {
  outcome what = outcome::unknown;
  std::string code;       ///< the problem's code; empty if it was done
  bool is_error = false;  ///< the bank's failure, not its refusal: no answer, or a 5xx
};

/// Of an answer to a write. What is no problem document, or says nothing of its outcome, is unknown
/// unless its status tells.
judged judge_answer(unsigned status, std::string_view body);
/// Of none. `was_sent`: the request may have arrived.
judged judge_silence(bool was_sent, bool timed_out);

/// Of a request that was sent twice under one id. What the first did stands, whatever became of the
/// second; where the first's outcome is unknown, only the node's own answer to the second says
/// more: it looks the id up before it refuses.
judged judge_repeated(const judged& first, judged second);

/// Of each item of a batch's answer, in order; empty if it is not as the API promises.
std::vector<judged> judge_batch(std::string_view body);

}  // namespace bank::driver
