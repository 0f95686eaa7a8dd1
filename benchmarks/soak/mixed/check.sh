[ -e /workspace/done ]
