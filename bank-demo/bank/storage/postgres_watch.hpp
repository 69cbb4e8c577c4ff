#pragma once

#include <memory>

#include "bank/storage/postgres_session.hpp"
#include "lifeline/context/context.hpp"

namespace bank::storage {

/// What a context's end does to the statement that runs under it.
enum class at_end : std::uint8_t {
  cancel,  ///< it is cancelled at the server at once; if that does not help, the connection is cut
  sever,   ///< the connection is cut: for what must not be cancelled, but can't be waited for
};

/// While it lives, the end of a context ends what runs on a session. When it has gone, nothing of
/// it is under way any more: no later statement is hit.
class postgres_watch {
 public:
  postgres_watch(const lifeline::context& ctx, postgres_session& session, at_end what);
  postgres_watch(const postgres_watch&) = delete;
  postgres_watch& operator=(const postgres_watch&) = delete;
  ~postgres_watch();

 private:
  class killer;
  std::shared_ptr<killer> killer_;
};

}  // namespace bank::storage
