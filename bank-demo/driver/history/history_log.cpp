#include "driver/history/history_log.hpp"

#include <cerrno>
#include <cstring>

namespace bank::driver {

result<history_log> history_log::open(const std::filesystem::path& file,
                                      lifeline::time_point start) {
  std::ofstream out(file);
  if (!out) return problem{file.string() + " can't be written: " + std::strerror(errno)};
  return {boost::system::in_place_value, history_log(std::move(out), start)};
}

void history_log::begin(std::uint64_t process, std::string_view type, std::string_view f,
                        lifeline::time_point now) {
  line_.assign("{\"index\":").append(std::to_string(lines_));
  line_.append(",\"time\":").append(std::to_string((now - start_).count()));
  line_.append(",\"process\":").append(std::to_string(process));
  line_.append(",\"type\":\"")
      .append(type)
      .append("\",\"f\":\"")
      .append(f)
      .append("\",\"value\":{");
}

void history_log::end() {
  line_.append("}}\n");
  out_.write(line_.data(), static_cast<std::streamsize>(line_.size()));
  ++lines_;
}

void history_log::write(std::uint64_t process, std::string_view type, std::string_view f,
                        const planned_transfer& t, lifeline::time_point now) {
  if (lines_ >= most_lines) return;
  begin(process, type, f, now);
  line_.append("\"from\":").append(std::to_string(t.from));
  line_.append(",\"to\":").append(std::to_string(t.to));
  line_.append(",\"amount\":").append(std::to_string(t.amount));
  line_.append(",\"id\":\"").append(t.id.str()).append("\"");
  end();
}

void history_log::write_read(std::span<const std::int64_t> balances, lifeline::time_point now) {
  begin(0, "ok", "read", now);
  for (std::size_t i = 0; i < balances.size(); ++i) {
    line_.append(i == 0 ? "\"" : ",\"").append(std::to_string(i)).append("\":");
    line_.append(std::to_string(balances[i]));
  }
  end();
}

bool history_log::finish() {
  out_.flush();
  return static_cast<bool>(out_) && lines_ < most_lines;
}

}  // namespace bank::driver
