"""What CloudFormation's handlers may call, type by type, as cfn-lint has AWS's resource schemas.

`FOR_PROPERTIES` tells what of it no stage needs, as its property is not in the template.
"""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

DATE = "2026-10-20"
"""Of the schemas. A newer cfn-lint brings newer ones: look at what has changed, then write it."""

_CFN_LINT = find_spec("cfnlint")
assert _CFN_LINT
assert _CFN_LINT.origin
_SCHEMAS = Path(_CFN_LINT.origin).parent / "data" / "schemas"
"""Found without an import of cfn-lint, which takes a second."""

_IMPORT = {
    *("dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:ImportTable", "dynamodb:PutItem"),
    *("dynamodb:Query", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
    "s3:GetObjectMetadata",
}
_KEYS = {"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListAliases"}
_KEYS |= {"kms:GenerateDataKey", "kms:RevokeGrant"}
_KMS = {
    *("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"),
    *("kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
}
_TABLES = {
    *("s3tables:CreateNamespace", "s3tables:CreateTable", "s3tables:CreateTableBucket"),
    *("s3tables:GetTable", "s3tables:GetTableMetadataLocation", "s3tables:PutTableBucketPolicy"),
    *("s3tables:PutTableEncryption", "s3tables:PutTablePolicy"),
    *("s3tables:UpdateTableMetadataLocation", "s3:CreateBucketMetadataTableConfiguration"),
    *("s3:DeleteBucketMetadataTableConfiguration",),
    *("s3:UpdateBucketMetadataAnnotationTableConfiguration",),
    *("s3:UpdateBucketMetadataInventoryTableConfiguration",),
    *("s3:UpdateBucketMetadataJournalTableConfiguration",),
}

FOR_PROPERTIES: dict[str, dict[str, set[str]]] = {
    "AWS::ApiGateway::RestApi": {"Policy": {"apigateway:UpdateRestApiPolicy"}},
    "AWS::Budgets::Budget": {"Budget.BillingViewArn": {"billing:GetBillingViewData"}},
    "AWS::CloudFront::Distribution": {
        "DistributionConfig.ConnectionMode": {
            *("cloudfront:CreateConnectionGroup", "cloudfront:GetConnectionGroup"),
        },
        "DistributionConfig.ContinuousDeploymentPolicyId": {
            "cloudfront:UpdateDistributionWithStagingConfig"
        },
        "DistributionConfig.Origins.VpcOriginConfig": {"cloudfront:GetVpcOrigin"},
    },
    "AWS::CloudTrail::Trail": {
        "AggregationConfigurations": {"cloudtrail:PutEventConfiguration"},
        "CloudWatchLogsRoleArn": {"iam:GetRole", "iam:PassRole"},
        "InsightSelectors": {"cloudtrail:PutInsightSelectors"},
        "IsOrganizationTrail": {
            *("iam:CreateServiceLinkedRole", "organizations:DescribeOrganization"),
            "organizations:ListAWSServiceAccessForOrganization",
        },
    },
    "AWS::Cognito::UserPool": {
        "EmailConfiguration": {"iam:CreateServiceLinkedRole"},
        "LambdaConfig.KMSKeyID": {"kms:CreateGrant", *_KMS},
        "Schema": {"cognito-idp:AddCustomAttributes"},
        "SmsConfiguration": {"iam:PassRole"},
    },
    "AWS::Cognito::UserPoolClient": {
        "AnalyticsConfiguration": {
            *("iam:CreateServiceLinkedRole", "iam:DeleteRolePolicy"),
            *("iam:PassRole", "iam:PutRolePolicy"),
        },
    },
    "AWS::Cognito::UserPoolDomain": {
        "CustomDomainConfig": {
            "cloudfront:updateDistribution",
            *(_KMS | {"kms:CreateGrant"}) - {"kms:GenerateDataKey"},
        },
    },
    "AWS::DynamoDB::Table": {
        "ContributorInsightsSpecification": {"dynamodb:UpdateContributorInsights"},
        "ImportSourceSpecification": _IMPORT,
        "KinesisStreamSpecification": {
            *("dynamodb:DisableKinesisStreamingDestination", "kinesis:DescribeStream"),
            *("dynamodb:EnableKinesisStreamingDestination", "kinesis:PutRecords"),
            "dynamodb:UpdateKinesisStreamingDestination",
        },
        "ResourcePolicy": {"dynamodb:DeleteResourcePolicy", "dynamodb:PutResourcePolicy"},
        "StreamSpecification": {  # replicas have one
            *("dynamodb:AssociateTableReplica", "dynamodb:CreateTableReplica"),
            "iam:CreateServiceLinkedRole",
        },
        "TimeToLiveSpecification": {"dynamodb:UpdateTimeToLive"},
    },
    "AWS::IAM::Role": {
        "Description": {"iam:UpdateRoleDescription"},
        "ManagedPolicyArns": {"iam:AttachRolePolicy", "iam:DetachRolePolicy"},
        "MaxSessionDuration": {"iam:UpdateRole"},
    },
    "AWS::Lambda::Alias": {
        "ProvisionedConcurrencyConfig": {
            *(
                "lambda:DeleteProvisionedConcurrencyConfig",
                "lambda:PutProvisionedConcurrencyConfig",
            ),
        },
        "UpdatePolicy": {
            *("codedeploy:CreateDeployment", "codedeploy:GetDeployment"),
            *("codedeploy:GetDeploymentConfig", "codedeploy:GetDeploymentGroup"),
            "codedeploy:StopDeployment",
        },
    },
    "AWS::Lambda::Function": {
        "CapacityProviderConfig": {"lambda:PassCapacityProvider"},
        "Code.S3ObjectVersion": {"s3:GetObjectVersion"},
        "CodeSigningConfigArn": {
            *("lambda:DeleteFunctionCodeSigningConfig", "lambda:PutFunctionCodeSigningConfig"),
        },
        "FileSystemConfigs": {
            *("elasticfilesystem:DescribeMountTargets", "s3files:ListMountTargets"),
        },
        "FunctionScalingConfig": {"lambda:PutFunctionScalingConfig"},
        "KmsKeyArn": _KEYS - {"kms:ListAliases", "kms:RevokeGrant"},
        "RecursiveLoop": {"lambda:PutFunctionRecursionConfig"},
        "ReservedConcurrentExecutions": {
            *("lambda:DeleteFunctionConcurrency", "lambda:PutFunctionConcurrency"),
        },
        "RuntimeManagementConfig": {
            *("lambda:AssociateRuntimeAlias", "lambda:PutRuntimeManagementConfig"),
        },
        "VpcConfig": {
            *("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups"),
            *("ec2:DescribeSubnets", "ec2:DescribeVpcs"),
        },
    },
    "AWS::Lambda::Version": {
        "FunctionScalingConfig": {"lambda:PutFunctionScalingConfig"},
        "ProvisionedConcurrencyConfig": {"lambda:PutProvisionedConcurrencyConfig"},
        "RuntimePolicy": {"lambda:PutRuntimeManagementConfig"},
    },
    "AWS::Logs::LogGroup": {
        "BearerTokenAuthenticationEnabled": {"logs:PutBearerTokenAuthentication"},
        "DataProtectionPolicy": {
            *("firehose:TagDeliveryStream", "logs:CreateLogDelivery"),
            *("logs:DeleteDataProtectionPolicy", "logs:PutDataProtectionPolicy"),
        },
        "DeletionProtectionEnabled": {"logs:PutLogGroupDeletionProtection"},
        "FieldIndexPolicies": {"logs:DeleteIndexPolicy", "logs:PutIndexPolicy"},
        "ResourcePolicyDocument": {"logs:DeleteResourcePolicy", "logs:PutResourcePolicy"},
    },
    "AWS::S3::Bucket": {
        "AbacStatus": {"s3:PutBucketAbac"},
        "AccelerateConfiguration": {"s3:PutAccelerateConfiguration"},
        "AccessControl": {"s3:PutBucketAcl", "s3:PutObjectAcl"},
        "AnalyticsConfigurations": {
            *("s3:DeleteBucketAnalyticsConfiguration", "s3:PutAnalyticsConfiguration"),
        },
        "CorsConfiguration": {"s3:DeleteBucketCors", "s3:PutBucketCORS"},
        "IntelligentTieringConfigurations": {"s3:PutIntelligentTieringConfiguration"},
        "InventoryConfigurations": {"s3:PutInventoryConfiguration"},
        "LoggingConfiguration": {"s3:PutBucketLogging"},
        "MetadataTableConfiguration": _TABLES,
        "MetricsConfigurations": {
            *("s3:DeleteBucketMetricsConfiguration", "s3:PutMetricsConfiguration"),
        },
        "NotificationConfiguration": {"s3:PutBucketNotification"},
        "ObjectLockConfiguration": {
            *("s3:PutBucketObjectLockConfiguration", "s3:PutObjectLockConfiguration"),
        },
        "ReplicationConfiguration": {
            *("s3:DeleteBucketReplication", "s3:PutBucketReplication"),
            "s3:PutReplicationConfiguration",
        },
        "VersioningConfiguration": {"s3:PutBucketVersioning"},
        "WebsiteConfiguration": {"s3:DeleteBucketWebsite", "s3:PutBucketWebsite"},
    },
    "AWS::SNS::Subscription": {"FilterPolicy": {"sns:SetSubscriptionAttributes"}},
    "AWS::SNS::Topic": {"DataProtectionPolicy": {"sns:PutDataProtectionPolicy"}},
    "AWS::WAFv2::WebACL": {"MonetizationConfig": {"payments:GetConnectedAccount"}},
}

ENCRYPTED = {"AWS::DynamoDB::Table"}
"""What reaches its key through its own service, which the key's policy allows to everybody who may
use the table."""

BY_KEY = {"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"}

OTHERS = {
    "AWS::WAFv2::WebACLAssociation": {
        "amplify",
        "apprunner",
        "appsync",
        "bedrock-agentcore",
        "cognito-idp",
        "ec2",
        "elasticloadbalancing",
    },
}
"""Services whose resources a type could be for, and is not."""

NO_ACTIONS = {
    *("cloudfront:CreateDistributionWithTags", "s3:DeleteBucketEncryption", "s3:REST.PUT.OBJECT"),
    "s3:DeleteBucketLifecycle",
}
"""Named by the schemas, and asked for by IAM under other names."""

DENIED = {
    "iam:DeleteRolePermissionsBoundary",
    "wafv2:GetPermissionPolicy",
    "wafv2:PutPermissionPolicy",
}
"""A deployer may not take the boundary off, nor share rule groups, of which no stage has one."""


def permissions(kind: str) -> set[str]:
    """The permissions of the handlers that a stack needs; to list is none of them."""
    handlers = schema(kind)["handlers"]
    others = OTHERS.get(kind, set())
    return {
        permission.replace("CloudTrail:", "cloudtrail:")  # IAM heeds no case in it
        for name in ("create", "read", "update", "delete")
        for permission in handlers.get(name, {}).get("permissions", ())
        if permission.partition(":")[0] not in others
    }


@cache
def schema(kind: str) -> dict[str, Any]:
    names = json.loads((_SCHEMAS / "providers" / "eu-central-1.json").read_text("utf-8"))
    found: dict[str, Any] = json.loads(
        (_SCHEMAS / "resources" / f"{names[kind]}.json").read_text("utf-8")
    )
    return found


def date() -> str:
    told: str = json.loads((_SCHEMAS / "version.json").read_text("utf-8"))["schema_date"]
    return told
