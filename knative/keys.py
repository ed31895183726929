from knative.user_context_keys import make_key_set as key_set, make_private_key as make_key
