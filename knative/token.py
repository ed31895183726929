from knative.user_token import make_user_token as token
