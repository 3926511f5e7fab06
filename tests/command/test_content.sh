#!/usr/bin/env bash
# scripts/content against records that the program wrote: Sigma rules, Elasticsearch's template and pipeline, Splunk's
# stanzas, and the page of fields. What a check is for is broken once, to see that it sees.
# shellcheck source=tests/lib/command.sh
. "$(dirname "$0")/../lib/command.sh"
content=scripts/content

check_content() {
	python3 tests/lib/check_content.py "$@"
}

sees() { # TEXT ARGUMENT...: the check fails and says that
	local text=$1
	shift
	! check_content "$@" >"$work/said" && grep -qF -- "$text" "$work/said"
}

records() { # FORMAT FILE
	"$program" findings --state "$state" --format "$1" >"$2"
}

check "a recording is made" build/tests/test_pipeline record "$work/story.rec"
check "and replayed into a store" "$program" replay --state "$state" "$work/story.rec"
id=$("$program" findings --state "$state" --format native --severity High >"$work/native" && head -1 "$work/native" |
	python3 -c 'import json; print(json.loads(input())["id"])')
check "one of them is acknowledged" "$program" findings ack "$id" --state "$state" --socket "$work/nobody" \
	--reason 'hostile "time":1, "finding_info":{"uid":"fnd-0000000000000000"} rt=1 | \ ='
for format in ocsf ecs cef; do records $format "$work/$format"; done

sigma=(sigma "$content/sigma" "$work/ocsf" "$work/ecs")
check "Sigma rules" check_content "${sigma[@]}"
cp -r "$content" "$work/broken"
broken=(sigma "$work/broken/sigma" "$work/ocsf" "$work/ecs")
rule=$work/broken/sigma/use-after-end.yml
sed -i 's/rule.id: use-after-end/rule.id: use-after-ends/' "$rule"
check "a rule with a wrong field is seen" sees "misses an ecs record" "${broken[@]}"
sed 's/^level: .*/level: loud/' $content/sigma/use-after-end.yml >"$rule"
check "a level that there is not is seen" sees "'loud' is not one of" "${broken[@]}"
sed 's/t1078/t1606/' $content/sigma/use-after-end.yml >"$rule"
check "a technique that the finding does not name is seen" sees "attack.t1606 is not a technique" "${broken[@]}"
cp $content/sigma/use-after-end.yml "$rule"
sed -i '/activity_id/d' "$work/broken/sigma/delegated-credential.yml"
check "a rule that takes updates is seen" sees "takes an ocsf record of delegated-credential" "${broken[@]}"

elastic=(elastic "$content/elasticsearch" "$content/ocsf-mapping.md" "$work/ecs")
check "Elasticsearch's template and pipeline" check_content "${elastic[@]}"
sed -i 's/"risk_score": {"type": "float"}/"risk_score": {"type": "date"}/; s/"uid": {/"uid_": {/' "$work/broken/elasticsearch/index-template.json"
broken=(elastic "$work/broken/elasticsearch" "$content/ocsf-mapping.md" "$work/ecs")
check "a wrong type is seen" sees 'event.risk_score: 73 does not fit' "${broken[@]}"
check "a field that is not mapped is seen" sees 'credlineage.review.by.uid is not mapped' "${broken[@]}"

splunk=(splunk "$content/splunk" "$work/ocsf" "$work/ecs" "$work/cef")
check "Splunk's stanzas" check_content "${splunk[@]}"
sed -i 's/^TIME_PREFIX = "time":/TIME_PREFIX = time":/; s/title AS/titel AS/' "$work/broken/splunk/props.conf"
sed -i 's/finding_info":/finding_infos":/' "$work/broken/splunk/transforms.conf"
broken=(splunk "$work/broken/splunk" "$work/ocsf" "$work/ecs" "$work/cef")
check "a field that there is not is seen" sees "no record has finding_info.titel" "${broken[@]}"
check "an id that is not found is seen" sees "is not found" "${broken[@]}"

check "the page of fields is the table's" diff <(python3 $content/mapping.py) $content/ocsf-mapping.md
check "and has a row for each" [ "$(grep -c '^| `' $content/ocsf-mapping.md)" -eq \
	"$(grep -cE '^\s*\{"[a-z_.0-9]+", CL_FIELD_' user/format/fields.c)" ]
