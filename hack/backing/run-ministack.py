"""
Starts ministack with one thing added: aliases with weights choose a version for API Gateway, schedules and queues too.

Invoke requests pass the front (aws-front/), which chooses for them. Triggers call functions inside ministack, where no front
can stand; all of them ask the one function replaced here which record an alias stands for. The version of ministack is
pinned by hash, and test/integration/backing proves that the replacement holds.
"""

import random
from contextvars import ContextVar

from ministack.app import main
from ministack.services import lambda_svc

# GetFunction(Qualifier=alias) asks the same function and must keep telling what the alias names.
describing = ContextVar("describing", default=False)
resolve = lambda_svc._effective_func_record_for_qualifier


def resolve_by_weight(func, qualifier):
    if func is not None and not describing.get():
        alias = func.get("aliases", {}).get(qualifier) or {}
        weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        drawn = random.random()
        for version, weight in weights.items():
            if drawn < weight and version in func["versions"]:
                return resolve(func, version)
            drawn -= weight
    return resolve(func, qualifier)


def describe(operation):
    def described(*args, **kwargs):
        token = describing.set(True)
        try:
            return operation(*args, **kwargs)
        finally:
            describing.reset(token)

    return described


lambda_svc._effective_func_record_for_qualifier = resolve_by_weight
lambda_svc._get_function = describe(lambda_svc._get_function)
lambda_svc._get_function_config = describe(lambda_svc._get_function_config)

if __name__ == "__main__":
    main()
