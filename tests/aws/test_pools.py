"""User pools: whose they are, and their end, on an engine that refuses what Cognito refuses."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.aws.account import Account
from infra.aws.pools import Pool, pools_of
from infra.aws.stage import Stage
from tests.aws.stages import nothing

PROD = Stage("prod")
TAGS = {tag["Key"]: tag["Value"] for tag in PROD.tags}


def made(account: Account, tags: dict[str, str] = TAGS) -> Pool:
    """A pool as the template has it: protected, and with an address that is verified."""
    client = account.client("cognito-idp")
    settings: dict[str, Any] = {
        "AutoVerifiedAttributes": ["email"],
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    }
    found = client.create_user_pool(
        PoolName=PROD.stack, DeletionProtection="ACTIVE", UserPoolTags=tags, **settings
    )
    return Pool(account, found["UserPool"]["Id"])


def test_a_protected_pool_goes_with_the_domain_that_is_left(strict_account: Account) -> None:
    pool, client = made(strict_account), strict_account.client("cognito-idp")
    client.create_user_pool_domain(UserPoolId=pool.id, Domain=f"todo-api-prod-{strict_account.id}")
    with pytest.raises(ClientError, match="Deletion protection must be inactivated first"):
        client.delete_user_pool(UserPoolId=pool.id)
    pool.delete()
    assert pool.description() is None
    pool.delete()  # which is no error


def test_what_an_attempt_has_left_goes_unless_somebody_is_in_it(strict_account: Account) -> None:
    empty, full = made(strict_account), made(strict_account)
    strict_account.client("cognito-idp").admin_create_user(UserPoolId=full.id, Username="ann")
    told: list[str] = []
    for pool in (empty, full):
        pool.discard(PROD, told.append)
    assert told == [f"  removed            user pool {empty.id}, which was empty"]
    assert (empty.description(), full.count()) == (None, "1 person")


def test_a_pool_is_a_stage_s_by_its_tag(strict_account: Account) -> None:
    own, other = made(strict_account), made(strict_account, {})
    assert [each.id for each in pools_of(strict_account, PROD)] == [own.id]
    other.discard(PROD, nothing)
    assert other.description()
