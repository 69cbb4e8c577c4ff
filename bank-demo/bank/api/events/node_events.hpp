#pragma once

#include <string>

namespace bank::api {

// The topics of the node's bus, and what is published there beside the ledger's events.

inline constexpr const char* ledger_topic = "ledger";
inline constexpr const char* jobs_topic = "jobs";
inline constexpr const char* system_topic = "system";

/// A job has another state.
struct job_changed {
  std::string owner;  ///< the name of the caller whose it is
  std::string json;   ///< as `GET /v1/jobs/{id}` shows it
};

/// Too many requests fail, the store does not answer, or that is over.
struct system_alarm {
  std::string json;  ///< what clients are told
  bool raised = true;
};

/// The node stops: whoever listens should come back in a moment.
struct system_closing {};

}  // namespace bank::api
