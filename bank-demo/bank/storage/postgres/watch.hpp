#pragma once

#include <memory>

#include "bank/storage/postgres/session.hpp"
#include "lifeline/context/context.hpp"

namespace bank::storage {

/// How the end of a context ends its running statement.
enum class at_end : std::uint8_t {
  cancel,  ///< cancels it at the server; closes the connection if that does not help
  sever,   ///< closes the connection: for statements that must not be cancelled
};

/// While it exists, the end of a context ends the running statement of a session. A context that
/// ended before ends none: look at it after making the watch. After its destructor no cancel is
/// pending, so no later statement is affected.
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
