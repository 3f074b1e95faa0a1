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

/// A kind of block: its label between the dashes, and what to call it.
struct PemKind {
  std::string_view label, word;
};
inline constexpr PemKind pem_certificate{"CERTIFICATE", "certificate"};
inline constexpr PemKind pem_revocation_list{"X509 CRL", "revocation list"};

/// The bytes of each block of this kind, in order; blocks of other kinds are passed over. Throws TlsError, with `path`
/// as the place, when there is none or one is damaged.
std::vector<std::string> pem_blocks(std::string_view text, const PemKind& kind, const std::string& path);

}  // namespace culvert::mqtt
