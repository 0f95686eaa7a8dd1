"""Who and what stands beside the policy: approvers and reviewers."""
