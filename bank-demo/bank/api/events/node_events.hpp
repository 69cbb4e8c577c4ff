#pragma once

#include <string>

namespace bank::api {

// The topics of the node's bus, and its events beside the ledger's.

inline constexpr const char* ledger_topic = "ledger";
inline constexpr const char* jobs_topic = "jobs";
inline constexpr const char* system_topic = "system";

/// A job changed its state.
struct job_changed {
  std::string owner;  ///< name of the caller that owns the job
  std::string json;   ///< as `GET /v1/jobs/{id}` shows it
};

/// An alarm was raised or is over: too many requests fail, or the store does not answer.
struct system_alarm {
  std::string json;  ///< as sent to clients
  bool raised = true;
};

/// The node stops: subscribers should reconnect in a moment.
struct system_closing {};

}  // namespace bank::api
