// What several of the files written as JSON have in common. Internal to graphs.
#pragma once

#include <filesystem>

#include <nlohmann/json.hpp>

#include "engine/base/result.h"
#include "engine/metrics/run_report.h"
#include "graphs/records/machine.h"
#include "graphs/records/provenance.h"

namespace imagemill {

using Json = nlohmann::ordered_json;

Json machine_json(const Machine& machine);
// As docs/files.md has them: "date", "command", "config".
void add_origin(Json& json, const Origin& origin);
Json histogram_json(const Histogram& histogram);  // [[from_s, to_s, count]]
Json items_json(const ItemCounts& items);
// Its inverse; what was settled is no part of it. Throws Json::exception.
ItemCounts items_of(const Json& json);
// [{code meaning items example}], and its inverse, which throws Json::exception.
Json losses_json(const LossCounts& losses);
LossCounts losses_of(const Json& json);
// On one line, with its newline; bytes that are no UTF-8 are replaced.
std::string line_of(const Json& json);
// Indented, but for arrays of plain values; bytes that are no UTF-8 are replaced.
std::string text_of(const Json& json);

// The object of a file, whose "schema" is `schema`; `what` it should be, for a person.
Result<Json> read_json(const std::filesystem::path& file, const std::string& schema,
                       const std::string& what);

}  // namespace imagemill
