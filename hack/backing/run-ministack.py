"""
Starts ministack with six things added that AWS has and ministack has not.

Aliases with weights choose a version for API Gateway, schedules and queues too. Invoke requests pass the front (aws-front/),
which chooses for them and names the alias in a header. Triggers call functions inside ministack, where no front can stand;
all of them ask the one function replaced here which record an alias stands for.

Every execution is measured as AWS does it: AWS/Lambda metrics per function, alias and executed version, which canary analysis
needs, and embedded metric format lines in what functions print.

An alias with provisioned concurrency that moves to another version is handed over as on AWS: the version before serves, by a
weight that AWS sets itself, until the new one has its environments. While there are weights, provisioned concurrency cannot be
changed.

Dead letters can be put back into the queues that they came from, by StartMessageMoveTask; the task is over when it is answered.

Mails that bounce or are called spam (to the addresses of SES's mailbox simulator, as on AWS) are told to the EventBridge bus of
their configuration set; ministack knows such destinations and tells them nothing.

Times of ElastiCache snapshots are written as AWS writes times; ministack sends seconds, which no SDK reads. The version of ministack is pinned by hash, and
test/integration/backing proves that the replacements hold.
"""

import json
import random
import subprocess
import threading
import time
from contextvars import ContextVar
from types import SimpleNamespace

from ministack.app import main
from ministack.core import lambda_runtime
from ministack.services import cloudwatch, elasticache, eventbridge, lambda_svc, ses, ses_v2, sqs

# GetFunction(Qualifier=alias) asks the same function and must keep telling what the alias names.
describing = ContextVar("describing", default=False)
# The alias of an Invoke request whose version the front has chosen.
chosen_for = ContextVar("chosen_for", default=None)
ALIAS_HEADER = "x-ticketbottle-alias"

resolve = lambda_svc._effective_func_record_for_qualifier
invoke = lambda_svc._invoke
execute = lambda_svc._execute_function_dispatch


class InOwnSession(subprocess.Popen):
    """A session counts as one program when the CPU is short: a dozen functions must not share the turn of the endpoint."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{**kwargs, "start_new_session": True})


def resolve_by_weight(func, qualifier):
    if func is None or describing.get() or qualifier not in func.get("aliases", {}):
        return resolve(func, qualifier)
    weights = (func["aliases"][qualifier].get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    drawn = random.random()
    chosen = qualifier
    for version, weight in weights.items():
        if drawn < weight and version in func["versions"]:
            chosen = version
            break
        drawn -= weight
    record, config = resolve(func, chosen)
    if record is None:
        return record, config
    # As on AWS, the ARN that a function sees names the alias it was called by.
    arn = ":".join(config["FunctionArn"].split(":")[:7])
    config = {**config, "FunctionArn": f"{arn}:{qualifier}"}
    return {**record, "config": config}, config


def describe(operation):
    def described(*args, **kwargs):
        token = describing.set(True)
        try:
            return operation(*args, **kwargs)
        finally:
            describing.reset(token)

    return described


async def invoke_for_alias(name, event, headers, *args, **kwargs):
    chosen_for.set(headers.get(ALIAS_HEADER) or None)
    return await invoke(name, event, headers, *args, **kwargs)


def execute_measured(func, config, event, request_id, started):
    began = time.time()
    result = execute(func, config, event, request_id, started)
    if isinstance(result, dict):
        measure(config, result, (time.time() - began) * 1000)
    return result


def measure(config, result, duration_ms):
    name = config.get("FunctionName", "")
    version = config.get("Version", "$LATEST")
    named = config.get("FunctionArn", "").split(":")[7:]
    alias = chosen_for.get() or (named[0] if named and named[0] != "$LATEST" and not named[0].isdigit() else None)
    dimensions = [{"FunctionName": name}]
    if alias is not None:
        resource = {"FunctionName": name, "Resource": f"{name}:{alias}"}
        dimensions += [resource, {**resource, "ExecutedVersion": version}]
    elif version != "$LATEST":
        dimensions += [{"FunctionName": name, "Resource": f"{name}:{version}"}]
    for one in dimensions:
        cloudwatch.record_metric("AWS/Lambda", "Invocations", 1, "Count", one)
        cloudwatch.record_metric("AWS/Lambda", "Errors", 1 if result.get("error") else 0, "Count", one)
        cloudwatch.record_metric("AWS/Lambda", "Duration", duration_ms, "Milliseconds", one)
    for line in (result.get("log") or "").splitlines():
        if '"_aws"' in line:
            record_embedded(line)


def record_embedded(line):
    """One line in embedded metric format, which CloudWatch Logs makes metrics of. What is no such line is left alone."""
    try:
        document = json.loads(line[line.index("{"):])
        for directive in document["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = {name: str(document[name]) for name in names}
                for metric in directive["Metrics"]:
                    value, unit = document[metric["Name"]], metric.get("Unit", "None")
                    for one in value if isinstance(value, list) else [value]:
                        cloudwatch.record_metric(directive["Namespace"], metric["Name"], one, unit, dimensions)
    except (ValueError, KeyError, TypeError):
        return


def throttles_only(function_name, duration_ms, error, throttle):
    if throttle:
        cloudwatch.record_metric("AWS/Lambda", "Throttles", 1, "Count", {"FunctionName": function_name})


update_alias = lambda_svc._update_alias
put_provisioned_concurrency = lambda_svc._put_provisioned_concurrency
HAND_OVER_SECONDS = 1.5


def update_alias_and_hand_over(name, alias_name, data):
    function = lambda_svc._functions.get(name) or {}
    alias = function.get("aliases", {}).get(alias_name) or {}
    before = alias.get("FunctionVersion")
    answer = update_alias(name, alias_name, data)
    provisioned = function.get("provisioned_concurrency", {}).get(alias_name)
    moved = answer[0] == 200 and alias.get("FunctionVersion") != before
    if provisioned is not None and moved and "RoutingConfig" not in alias:
        weights = {"AdditionalVersionWeights": {before: 1.0}}
        alias["RoutingConfig"] = weights
        provisioned.update(Status="IN_PROGRESS", AvailableProvisionedConcurrentExecutions=0)

        def ready():
            if alias.get("RoutingConfig") is weights:
                del alias["RoutingConfig"]
            requested = provisioned["RequestedProvisionedConcurrentExecutions"]
            provisioned.update(Status="READY", AvailableProvisionedConcurrentExecutions=requested)

        timer = threading.Timer(HAND_OVER_SECONDS, ready)
        timer.daemon = True
        timer.start()
    return answer


def put_provisioned_concurrency_without_weights(name, qualifier, data):
    alias = ((lambda_svc._functions.get(name) or {}).get("aliases", {})).get(qualifier) or {}
    if "RoutingConfig" in alias:
        message = "Alias with weights can not be used with Provisioned Concurrency"
        return lambda_svc.error_response_json("InvalidParameterValueException", message, 400)
    return put_provisioned_concurrency(name, qualifier, data)


move_tasks = []


def start_message_move_task(data, _url):
    source_arn = data.get("SourceArn", "")
    source = sqs._queue_by_arn(source_arn)
    if source is None:
        raise sqs._Err("ResourceNotFoundException", f"The queue {source_arn} does not exist.", 404)
    if not any(source_arn in queue["attributes"].get("RedrivePolicy", "") for queue in sqs._queues.values()):
        raise sqs._Err("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
    now = time.time()
    kept, moved = [], 0
    for message in source["messages"]:
        target = sqs._queue_by_arn(data.get("DestinationArn") or message["sys"].get("DeadLetterQueueSourceArn", ""))
        if target is None or message["visible_at"] > now:
            kept.append(message)
            continue
        # As on AWS it counts as new: its receives begin anew, too.
        system = {name: value for name, value in message["sys"].items() if name != "DeadLetterQueueSourceArn"}
        fresh = {"id": sqs.new_uuid(), "sent_at": now, "visible_at": now, "sys": system}
        target["messages"].append(
            {**message, **fresh, "receive_count": 0, "first_receive_at": None, "receipt_handle": None}
        )
        moved += 1
    source["messages"] = kept
    sqs.esm_wake.set()
    handle = sqs.new_uuid()
    move_tasks.insert(
        0,
        {
            "Status": "COMPLETED",
            "SourceArn": source_arn,
            "ApproximateNumberOfMessagesMoved": moved,
            "ApproximateNumberOfMessagesToMove": moved,
            "StartedTimestamp": int(now * 1000),
        },
    )
    return {"TaskHandle": handle}


def list_message_move_tasks(data, _url):
    found = [task for task in move_tasks if task["SourceArn"] == data.get("SourceArn")]
    return {"Results": found[: int(data.get("MaxResults", 1))]}


answer_ses_v2 = ses_v2.handle_request
DETAIL_TYPES = {"Bounce": "Email Bounced", "Complaint": "Email Complaint Received"}


async def answer_and_tell(method, path, headers, body, query_params):
    answer = await answer_ses_v2(method, path, headers, body, query_params)
    if method == "POST" and path.rstrip("/").endswith("/outbound-emails") and answer[0] == 200:
        tell_what_became(json.loads(body), json.loads(answer[2])["MessageId"])
    return answer


def tell_what_became(mail, message_id):
    name = mail.get("ConfigurationSetName")
    destinations = (ses_v2._config_sets.get(name) or {}).get("EventDestinations") or {}
    recipients = (mail.get("Destination") or {}).get("ToAddresses") or []
    timestamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    tags = {tag["Name"]: [tag["Value"]] for tag in mail.get("EmailTags") or []}
    sent = {
        "timestamp": timestamp,
        "source": mail.get("FromEmailAddress"),
        "messageId": message_id,
        "destination": recipients,
        "tags": {**tags, "ses:configuration-set": [name]},
    }
    for recipient in recipients:
        local, _, domain = recipient.lower().partition("@")
        outcomes = ses._SIMULATOR_OUTCOMES.get(local.split("+")[0], ()) if domain == ses._SIMULATOR_DOMAIN else ()
        for kind, subtype in outcomes:
            if kind not in DETAIL_TYPES:
                continue
            detail = {"eventType": kind, "mail": sent, **ses._notification_detail(kind, recipient, timestamp, subtype)}
            for destination in destinations.values():
                bus = (destination.get("EventBridgeDestination") or {}).get("EventBusArn")
                if bus and destination.get("Enabled") and kind.upper() in destination["MatchingEventTypes"]:
                    entry = {
                        "Source": "aws.ses",
                        "DetailType": DETAIL_TYPES[kind],
                        "Detail": json.dumps(detail),
                        "EventBusName": bus,
                    }
                    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


snapshot_xml = elasticache._snapshot_xml


def snapshot_xml_with_times(snapshot):
    def written(seconds):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)) if isinstance(seconds, (int, float)) else seconds

    nodes = [{**node, "SnapshotCreateTime": written(node.get("SnapshotCreateTime", 0))} for node in snapshot["NodeSnapshots"]]
    return snapshot_xml({**snapshot, "NodeSnapshots": nodes})


lambda_runtime.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": InOwnSession})
lambda_svc._effective_func_record_for_qualifier = resolve_by_weight
lambda_svc._get_function = describe(lambda_svc._get_function)
lambda_svc._get_function_config = describe(lambda_svc._get_function_config)
lambda_svc._invoke = invoke_for_alias
lambda_svc._execute_function_dispatch = execute_measured
lambda_svc._emit_lambda_metrics = throttles_only
lambda_svc._update_alias = update_alias_and_hand_over
lambda_svc._put_provisioned_concurrency = put_provisioned_concurrency_without_weights
sqs._HANDLERS["StartMessageMoveTask"] = start_message_move_task
sqs._HANDLERS["ListMessageMoveTasks"] = list_message_move_tasks
ses_v2.handle_request = answer_and_tell
elasticache._snapshot_xml = snapshot_xml_with_times

if __name__ == "__main__":
    main()
