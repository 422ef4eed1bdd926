// Reports in the formats that programs read, and one for people.
#include <unistd.h>

#include <cstdio>

#include "run/json.hpp"
#include "run/runner.hpp"

namespace chorus::sim {

namespace {

std::string escaped(const std::string &text) {
    std::string made;
    for (const char c : text) {
        switch (c) {
            case '<':
                made += "&lt;";
                break;
            case '>':
                made += "&gt;";
                break;
            case '&':
                made += "&amp;";
                break;
            case '"':
                made += "&quot;";
                break;
            default:
                // XML has no other control characters.
                made += static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t' ? c : '?';
        }
    }
    return made;
}

void print_text(const FileReport &report, const RunOptions &options) {
    std::string state = name_of(report.state);
    if (options.update && report.state == FileReport::State::passed)
        state = report.shown.empty() ? "unchanged" : "updated";
    std::string line = report.file + ": " + state + " (" + report.world;
    if (report.orders > 1) line += ", " + std::to_string(report.orders) + " orders";
    line += ", " + std::to_string(report.steps) + (report.steps == 1 ? " step)" : " steps)");
    std::printf("%s\n", line.c_str());
    const std::string &shown = options.transcript ? report.transcript : report.shown;
    std::printf("%s", shown.c_str());
    if (!report.why.empty()) std::printf("%s\n", report.why.c_str());
    std::fflush(stdout);
}

// As a workflow command of GitHub takes it: in its message, or before that.
std::string encoded(const std::string &text, bool before_message) {
    std::string made;
    for (const char c : text) {
        if (c == '%' || c == '\r' || c == '\n' || (before_message && (c == ':' || c == ','))) {
            char hex[4];
            std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned>(c));
            made += hex;
        } else {
            made += c;
        }
    }
    return made;
}

void annotate(const char *level, const FileReport &report, const Mistake &place) {
    std::string where = "file=" + encoded(report.file, true);
    if (place.line > 0) where += ",line=" + std::to_string(place.line);
    if (place.column > 0) where += ",col=" + std::to_string(place.column);
    std::printf("::%s %s,title=chorus-sim (%s)::%s\n", level, where.c_str(), report.world.c_str(),
                encoded(place.what, false).c_str());
}

// Annotations of the changed files, and below them what people read in the log.
void print_github(const FileReport &report, const RunOptions &options) {
    if (report.state == FileReport::State::failed) {
        for (const Mistake &place : report.places)
            annotate("error", report, place);
        if (report.places.empty()) annotate("error", report, {0, 0, report.why});
    } else if (!report.why.empty()) {
        annotate("notice", report, {0, 0, report.why});
    }
    print_text(report, options);
}

std::string commented(const std::string &text) {
    std::string made = "# ";
    for (const char c : text) {
        made += c;
        if (c == '\n') made += "# ";
    }
    return made;
}

void print_junit(const std::vector<FileReport> &reports) {
    std::size_t failed = 0, skipped = 0;
    for (const FileReport &report : reports) {
        failed += report.state == FileReport::State::failed ? 1 : 0;
        skipped += report.state == FileReport::State::skipped ? 1 : 0;
    }
    std::printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    std::printf("<testsuite name=\"chorus-sim\" tests=\"%zu\" failures=\"%zu\" skipped=\"%zu\">\n", reports.size(),
                failed, skipped);
    for (const FileReport &report : reports) {
        std::printf("  <testcase classname=\"%s\" name=\"%s\" time=\"%.3f\"", report.world.c_str(),
                    escaped(report.file).c_str(), report.seconds);
        if (report.state == FileReport::State::passed)
            std::printf("/>\n");
        else if (report.state == FileReport::State::skipped)
            std::printf("><skipped message=\"%s\"/></testcase>\n", escaped(report.why).c_str());
        else
            std::printf("><failure message=\"%s\">%s</failure></testcase>\n", escaped(report.why).c_str(),
                        escaped(report.transcript).c_str());
    }
    std::printf("</testsuite>\n");
}

}  // namespace

void print_begin(const RunOptions &options, std::size_t files) {
    if (options.format == Format::tap) std::printf("TAP version 13\n1..%zu\n", files);
}

void print_report(const FileReport &report, const RunOptions &options, std::size_t number) {
    switch (options.format) {
        case Format::text:
            return print_text(report, options);
        case Format::github:
            return print_github(report, options);
        case Format::tap: {
            const bool failed = report.state == FileReport::State::failed;
            const std::string skip = report.state == FileReport::State::skipped ? " # SKIP " + report.why : "";
            std::printf("%s %zu - %s%s\n", failed ? "not ok" : "ok", number, report.file.c_str(), skip.c_str());
            if (failed) std::printf("%s\n", commented(report.why).c_str());
            std::fflush(stdout);
            return;
        }
        case Format::junit:
        case Format::json:
            // The whole is printed at the end; who waits for it sees how far it is.
            if (isatty(STDERR_FILENO) != 0) std::fprintf(stderr, "\r%zu done", number);
            return;
    }
}

void print_end(const RunOptions &options, const std::vector<FileReport> &reports) {
    if (options.format == Format::junit) print_junit(reports);
    if (options.format == Format::json) std::printf("%s\n", json_text(reports).c_str());
}

}  // namespace chorus::sim
