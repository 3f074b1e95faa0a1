// SPDX-License-Identifier: MIT
/// A manual page in the making, in the language of man(7). One thread.
#pragma once

#include <string>
#include <string_view>

namespace culvert {

/// Text that stands as it is, whatever roff would take its characters for. For what is given to a Page.
std::string plain(std::string_view text);
std::string bold(std::string_view text);
std::string italic(std::string_view text);

/// What its functions take is made by the three above: nothing in it is taken for a request.
class Page {
 public:
  /// `section` is that of the manual: '1' for commands, '5' for files. No date: the same sources make the same page.
  Page(std::string_view name, char section, std::string_view manual, std::string_view about);

  Page& section(std::string_view title);
  Page& part(const std::string& title);  ///< of a section
  Page& paragraph(const std::string& text);
  /// What a list has: the head in a line of its own, and below it what it means.
  Page& item(const std::string& head, const std::string& text);
  /// A list within an item, between these two.
  Page& begin_inner();
  Page& end_inner();
  /// Lines as they are.
  Page& lines(std::string_view text);

  const std::string& text() const noexcept { return text_; }

 private:
  Page& request(const std::string& text);
  Page& write(std::string_view text);
  Page& write_line(std::string_view text);

  std::string text_;
  bool is_fresh_ = false;  ///< a heading stands before it: a paragraph has begun
};

}  // namespace culvert
