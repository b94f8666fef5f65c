#include "api/recordings_page.hpp"

#include "api/query.hpp"
#include "archive/iso_time.hpp"
#include "core/text.hpp"
#include "http/target.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace minidvr::api {
namespace {

using archive::Archive;
using archive::Index;
using archive::Recording;

constexpr std::size_t kRowsOfAPage = 500;  // 250 KB of text
constexpr std::size_t kDateLength = 10;    // 2026-11-24

struct Words {
  std::string_view language;
  std::string_view title;
  std::string_view live;
  std::string_view none;
  std::string_view time;
  std::string_view length;
  std::string_view size;
  std::string_view note;
  std::string_view watch;
  std::string_view file;
  std::string_view download;
  std::string_view being_written;
  std::string_view damaged;
  std::string_view is_protected;
  std::string_view earlier;
};

constexpr Words kEnglish = {"en",      "Recordings", "Live picture", "There are no recordings.",
                            "Time",    "Length",     "Size",         "Note",
                            "Watch",   "File",       "Download",     "being recorded",
                            "damaged", "protected",  "Earlier ones"};
constexpr Words kSpanish = {"es",
                            "Grabaciones",
                            "Imagen en directo",
                            "No hay grabaciones.",
                            "Hora",
                            "Duración",
                            "Tamaño",
                            "Nota",
                            "Ver",
                            "Archivo",
                            "Descargar",
                            "grabándose",
                            "dañada",
                            "protegida",
                            "Anteriores"};

struct PageQuery {
  std::string day;                 // empty: the newest
  std::string play;                // a recording's name; empty: none
  std::optional<WallTime> before;  // only those that begin before that
};

Result<PageQuery> parse_page_query(const http::Request& request) {
  PageQuery query;
  for (const auto& [name, value] : request.query) {
    if (name == "day") {
      const auto day = parse_named_time("day", value);
      if (!day || value.size() != kDateLength) {
        return make_error(Errc::malformed, "day: allowed is a date such as 2026-11-24");
      }
      query.day = value;
    } else if (name == "play") {
      query.play = value;
    } else if (name == "before") {
      const auto before = parse_named_time("before", value);
      if (!before) return before.error();
      query.before = *before;
    } else {
      return make_error(Errc::malformed, "allowed in the query are day, play and before");
    }
  }
  return query;
}

// Midnight of the day after, local time.
std::optional<WallTime> end_of_day(std::string_view day) {
  namespace chrono = std::chrono;
  const auto number = [day](std::size_t at, std::size_t digits) {
    return parse_number<int>(day.substr(at, digits)).value_or(0);
  };
  const chrono::sys_days today(chrono::year(number(0, 4)) / number(5, 2) / number(8, 2));
  const chrono::year_month_day date = today + chrono::days(1);
  const auto next = archive::parse_time(
      fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())));
  return next ? std::optional(*next) : std::nullopt;
}

std::string length_text(microseconds length) {
  const auto whole = std::chrono::duration_cast<seconds>(length).count();
  constexpr int kSixty = 60;
  return fmt::format("{}:{:02}:{:02}", whole / kSixty / kSixty, whole / kSixty % kSixty,
                     whole % kSixty);
}

std::string size_text(std::uint64_t bytes) {
  constexpr double kMega = 1e6;
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / kMega);
}

// What people know of it, and what it is, unless it is complete.
std::string remarks(const Recording& recording, const Words& words) {
  std::string text = html_text(recording.notes().note);
  const auto add = [&text](std::string_view what) {
    text += fmt::format("{}<em>{}</em>", text.empty() ? "" : " ", what);
  };
  if (recording.notes().is_protected) add(words.is_protected);
  if (recording.being_written) add(words.being_written);
  if (recording.facts.damaged) add(words.damaged);
  return text;
}

// `root`: see way_to_root(), as below.
std::string row(const Recording& recording, const std::string& day, const Words& words,
                const std::string& root) {
  constexpr std::size_t kTimeAt = 11;
  constexpr std::size_t kTimeLength = 8;  // 10:07:12
  const std::string name = html_text(recording.name);
  std::string links = fmt::format(
      R"(<a href="{3}recordings/{0}">{1}</a> <a href="{3}recordings/{0}?download=1">{2}</a>)", name,
      words.file, words.download, root);
  if (!recording.facts.damaged) {
    links = fmt::format(R"(<a href="{}recordings/?day={}&amp;play={}">{}</a> )", root, day, name,
                        words.watch) +
            links;
  }
  return fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                     iso8601(recording.facts.start).substr(kTimeAt, kTimeLength),
                     length_text(recording.facts.length), size_text(recording.facts.stamp.bytes),
                     links, remarks(recording, words));
}

// The pictures from there on, one recording after the other.
std::string player(const Recording& recording, const std::string& root) {
  const std::string name = html_text(recording.name);
  return fmt::format(
      "<p><img src=\"{}api/frames?from={}&amp;pace=1\" alt=\"{}\" width=\"960\"></p>\n", root,
      archive::utc_text(recording.facts.start), name);
}

std::string days_list(const std::vector<Index::Day>& days, const std::string& shown,
                      const std::string& root) {
  std::string text = "<ul>\n";
  for (auto day = days.rbegin(); day != days.rend(); ++day) {
    const std::string count = fmt::format(" ({}, {})", day->recordings, length_text(day->length));
    text += day->date == shown
                ? fmt::format("<li><strong>{}</strong>{}</li>\n", day->date, count)
                : fmt::format("<li><a href=\"{2}recordings/?day={0}\">{0}</a>{1}</li>\n", day->date,
                              count, root);
  }
  return text + "</ul>\n";
}

Result<std::string> table(const Archive& archive, const PageQuery& query, const std::string& day,
                          const Words& words, const std::string& root) {
  Index::Query wanted;
  const auto begin = archive::parse_time(day);
  if (!begin) return begin.error();
  wanted.from = *begin;
  wanted.to = end_of_day(day);
  if (query.before && (!wanted.to || *query.before < *wanted.to)) wanted.to = query.before;
  wanted.limit = kRowsOfAPage;
  const auto page = archive.index().page(wanted);
  if (!page) return page.error();
  std::string text =
      fmt::format("<table>\n<tr><th>{}</th><th>{}</th><th>{}</th><th></th><th>{}</th></tr>\n",
                  words.time, words.length, words.size, words.note);
  for (const Recording* recording : page->recordings) {
    // One that began before midnight is the day before's.
    if (recording->facts.start >= *begin) text += row(*recording, day, words, root);
  }
  text += "</table>\n";
  if (!page->cursor.empty()) {
    text += fmt::format("<p><a href=\"{}recordings/?day={}&amp;before={}\">{}</a></p>\n", root, day,
                        archive::utc_text(page->recordings.back()->facts.start), words.earlier);
  }
  return text;
}

Task<Result<http::Response>> get_page(Archive& archive, const http::Request& request) {
  const auto query = parse_page_query(request);
  if (!query) co_return query.error();
  const Words& words =
      prefers_spanish(request.header(http::Field::accept_language)) ? kSpanish : kEnglish;
  const std::string root = http::way_to_root(request.path);
  co_await archive.follow_current();
  const auto days = archive.index().days();
  const std::string day = query->day.empty() && !days.empty() ? days.back().date : query->day;
  std::string text = fmt::format(
      "<!doctype html>\n<html lang=\"{0}\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<link rel=\"icon\" href=\"{4}static/icon.svg\">\n<title>{1} · Mini-DVR</title>\n"
      "</head>\n<body>\n<h1>{1} {2}</h1>\n<p><a href=\"{4}\">{3}</a></p>\n",
      words.language, words.title, day, words.live, root);
  const Recording* played = query->play.empty() ? nullptr : archive.index().find(query->play);
  if (!query->play.empty() && played == nullptr) {
    co_return make_error(Errc::not_found, "there is no recording of that name");
  }
  if (played != nullptr) text += player(*played, root);
  if (day.empty()) {
    text += fmt::format("<p>{}</p>\n", words.none);
  } else {
    const auto rows = table(archive, *query, day, words, root);
    if (!rows) co_return rows.error();
    text += *rows;
    text += days_list(days, day, root);
  }
  text += "</body>\n</html>\n";
  http::Response response;
  response.content_type = "text/html; charset=utf-8";
  response.headers = {{"Cache-Control", "no-store"}, {"Vary", "Accept-Language"}};
  response.body = std::move(text);
  co_return response;
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

bool prefers_spanish(std::string_view accept_language) {
  while (!accept_language.empty()) {
    const auto end = std::min(accept_language.find(','), accept_language.size());
    const auto language = trim(accept_language.substr(0, end)).substr(0, 2);
    if (language == "es") return true;
    if (language == "en") return false;
    accept_language.remove_prefix(std::min(end + 1, accept_language.size()));
  }
  return false;
}

void add_recordings_page(http::Router& router, Archive& archive) {
  for (const auto* path : {"/recordings", "/recordings/"}) {
    router.get_page(path, http::Role::view, [&archive](const http::Request& request) {
      return get_page(archive, request);
    });
  }
}

}  // namespace minidvr::api
