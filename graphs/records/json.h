// Common parts of the JSON files. Internal to graphs.
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
// Adds "date", "command" and "config" (docs/files.md).
void add_provenance(Json& json, const Provenance& provenance);
Json histogram_json(const Histogram& histogram);  // [[from_s, to_s, count]]
Json items_json(const ItemCounts& items);
// Inverse of items_json(); `settled` is not stored. Throws Json::exception.
ItemCounts items_of(const Json& json);
// Losses as [{code meaning items example}].
Json losses_json(const LossCounts& losses);
// Inverse of losses_json(). Throws Json::exception.
LossCounts losses_of(const Json& json);
// JSON text on one line, with its newline. Replaces bytes that are not UTF-8.
std::string line_of(const Json& json);
// Indented JSON text; arrays of plain values stay on one line. Replaces bytes that are not UTF-8.
std::string text_of(const Json& json);

// Reads a file that holds one object with "schema": `schema`. `what` names the expected kind of
// file in error messages.
Result<Json> read_json(const std::filesystem::path& file, const std::string& schema,
                       const std::string& what);

}  // namespace imagemill
