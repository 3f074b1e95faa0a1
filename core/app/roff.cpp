// SPDX-License-Identifier: MIT
#include "core/app/roff.hpp"

#include <algorithm>
#include <cctype>

namespace culvert {
namespace {

/// The escape for a character that roff reads as another, or draws as another: a hyphen for a minus, bent quotes.
std::string_view escape(char c) noexcept {
  switch (c) {
    case '\\':
      return "\\e";
    case '-':
      return "\\-";
    case '\'':
      return "\\(aq";
    case '`':
      return "\\(ga";
    case '^':
      return "\\(ha";
    case '~':
      return "\\(ti";
    case '"':
      return "\\(dq";
    default:
      return {};
  }
}

}  // namespace

std::string plain(std::string_view text) {
  std::string made;
  for (const char c : text) {
    const std::string_view escaped = escape(c);
    if (escaped.empty()) {
      made += c;
    } else {
      made += escaped;
    }
  }
  return made;
}

std::string bold(std::string_view text) { return "\\fB" + plain(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + plain(text) + "\\fR"; }

Page::Page(std::string_view name, char section, std::string_view manual, std::string_view about) {
  request(".\\\" Made by 'culvert man', of the tables that the program itself goes by.");
  std::string title = plain(name);
  std::transform(title.begin(), title.end(), title.begin(), [](unsigned char c) { return std::toupper(c); });
  request(".TH \"" + title + "\" " + section + " \"\" \"Culvert " CULVERT_VERSION "\" \"" + plain(manual) + '"');
  this->section("NAME").write(plain(name) + " \\- " + plain(about));
}

Page& Page::section(std::string_view title) {
  request(".SH " + plain(title));
  is_fresh_ = true;
  return *this;
}

Page& Page::part(const std::string& title) {
  request(".SS \"" + title + '"');
  is_fresh_ = true;
  return *this;
}

Page& Page::paragraph(const std::string& text) {
  if (!is_fresh_) { request(".PP"); }
  return write(text);
}

Page& Page::item(const std::string& head, const std::string& text) {
  return request(".TP").write_line(head).write(text);
}

Page& Page::begin_inner() { return request(".RS"); }
Page& Page::end_inner() { return request(".RE"); }

Page& Page::lines(std::string_view text) {
  if (!is_fresh_) { request(".PP"); }
  request(".in +4n").request(".nf");
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    write_line(plain(text.substr(0, end)));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return request(".fi").request(".in");
}

Page& Page::request(const std::string& text) {
  text_ += text + '\n';
  is_fresh_ = false;
  return *this;
}

// Sources of pages have lines of 80 bytes; where they end says nothing.
Page& Page::write(std::string_view text) {
  constexpr std::size_t longest = 78;
  while (text.size() > longest) {
    std::size_t end = text.rfind(' ', longest);
    if (end == std::string_view::npos) { end = text.find(' '); }
    if (end == std::string_view::npos) { break; }
    write_line(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return write_line(text);
}

Page& Page::write_line(std::string_view text) {
  // A point at the start of a line would begin a request.
  if (text.starts_with('.')) { text_ += "\\&"; }
  text_.append(text) += '\n';
  is_fresh_ = false;
  return *this;
}

}  // namespace culvert
