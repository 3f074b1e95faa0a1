// SPDX-License-Identifier: MIT
/// PEM files: reading them whole, and the DER in their blocks. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace culvert::mqtt {

/// The text of a file, for a secret too: it is overwritten when it goes.
class FileText {
 public:
  /// Throws TlsError ("cannot read 'x': No such file or directory"). At most 4 MiB.
  explicit FileText(const std::string& path);
  ~FileText();
  FileText(FileText&&) noexcept = default;
  FileText& operator=(FileText&&) = delete;

  std::string_view text() const noexcept { return text_; }

 private:
  std::string text_;
};

/// The bytes of each CERTIFICATE block, in order; blocks of other kinds are passed over. Throws TlsError, with `path`
/// as the place, when there is none or one is damaged.
std::vector<std::string> certificate_blocks(std::string_view text, const std::string& path);

}  // namespace culvert::mqtt
